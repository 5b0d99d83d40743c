"""What a mail says beside its text is kept in a form that JSON and PostgreSQL can hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from backend.mail.message import Address, Forwarded, Invite, ParsedMail
from backend.mail.parse import parse
from backend.tickets.facts import MAX_FORWARDED_BYTES, facts_of, remote_images_in
from tests.mails import letter

INVITE = Invite(
    method="REQUEST",
    uid="1@cal.test",
    summary="Visita\ntécnica",
    location="Sala 2",
    start=datetime(2026, 3, 1, 12, tzinfo=UTC),
    end=None,
    all_day=False,
    floating=True,
    organizer=Address("Ana", "Ana@Cal.test"),
    attendees=tuple(Address("", f"p{number}@cal.test") for number in range(200)),
)


def mail() -> ParsedMail:
    return parse(letter())


def test_a_plain_mail_has_no_facts():
    assert facts_of(mail()) == {}


def test_a_sender_that_differs_from_the_author_is_a_fact():
    parsed = parse(letter(sender_field="x").replace(b"sender-field: x", b"Sender: Bot <b@x.test>"))
    assert facts_of(parsed) == {"sender": {"name": "Bot", "address": "b@x.test"}}


def test_a_sender_who_is_the_author_is_no_fact():
    parsed = parse(
        letter(sender_field="x").replace(b"sender-field: x", b"Sender: ANA@customers.test")
    )
    assert facts_of(parsed) == {}


def test_m24_an_invitation_is_kept_with_at_most_fifty_guests():
    kept = facts_of(replace(mail(), invite=INVITE))["invite"]
    assert len(kept.pop("attendees")) == 50
    assert kept == {
        "method": "REQUEST",
        "uid": "1@cal.test",
        "summary": "Visita técnica",
        "location": "Sala 2",
        "start": "2026-03-01T12:00:00Z",
        "end": None,
        "all_day": False,
        "floating": True,
        "organizer": {"name": "Ana", "address": "ana@cal.test"},
    }


def test_m25_m26_signed_and_encrypted_mails_say_how():
    facts = facts_of(replace(mail(), signed="pgp", encrypted="smime"))
    assert facts == {"signed": "pgp", "encrypted": "smime"}


def test_a_forwarded_mail_is_kept_up_to_a_limit_in_whole_letters():
    forwarded = Forwarded(None, (Address("", "x@y.test"),) * 80, "Oi\0", "ontem", "é" * 200_000)
    kept = facts_of(replace(mail(), forwarded=forwarded))["forwarded"]
    assert len(kept["text"].encode()) == MAX_FORWARDED_BYTES
    assert set(kept["text"]) == {"é"}
    assert len(kept["to"]) == 50
    assert (kept["from"], kept["subject"], kept["date"]) == (None, "Oi", "ontem")


def test_facts_hold_nothing_that_the_database_refuses():
    odd = "x\0\ud800y"
    parsed = replace(
        mail(),
        invite=replace(INVITE, method=odd, uid=odd, summary=odd, location=odd),
        forwarded=Forwarded(Address(odd, odd), (), odd, odd, odd),
    )
    text = json.dumps(facts_of(parsed), ensure_ascii=False)
    assert "\0" not in text
    assert "\\u0000" not in text
    assert text.encode().decode() == text


def test_h4_remote_images_are_counted_and_others_are_not():
    html = (
        '<img data-remote-src="http://a.test/1"><img src="cid:x"><img data-remote-src="https://b">'
    )
    assert remote_images_in(html) == 2
    assert remote_images_in(None) == 0
    assert remote_images_in('<img data-remote-src="http://a.test/">' * 20_000) == 10_000
