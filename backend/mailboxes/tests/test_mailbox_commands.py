"""`addmailbox` and `requeue`."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backend.audit.models import Log
from backend.mailboxes import ledger
from backend.mailboxes.accounts import imap_settings, smtp_settings
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import InboundMail, Mailbox, MailboxFolder
from backend.users.models import Team
from tests.accounts import connect

pytestmark = pytest.mark.django_db
IMAP, SMTP = "--imap=imaps://u:p%40@mail.test", "--smtp=smtps://u:q@mail.test"
BASIC = ("--address=Ajuda@Empresa.test", IMAP, SMTP)


def test_addmailbox_connects_a_mailbox_and_prints_its_id(capsys: pytest.CaptureFixture[str]):
    call_command("addmailbox", *BASIC, "--team=Loja", "--name=Ajuda")
    mailbox = Mailbox.objects.get()
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"id": str(mailbox.id), "address": "ajuda@empresa.test"}
    assert (mailbox.name, mailbox.team) == ("Ajuda", Team.objects.get(name="Loja"))
    assert imap_settings(mailbox).password == "p@"
    assert smtp_settings(mailbox).password == "q"
    assert mailbox.import_since is None


def test_addmailbox_reads_from_now_or_from_a_day_when_asked():
    call_command("addmailbox", *BASIC, "--since=now")
    since = Mailbox.objects.get().import_since
    assert since is not None
    assert abs(timezone.now() - since) < timedelta(hours=1)
    call_command("addmailbox", "--address=b@empresa.test", IMAP, SMTP, "--since=2026-01-31")
    since = Mailbox.objects.get(address="b@empresa.test").import_since
    assert since == datetime(2026, 1, 31, 3, tzinfo=UTC)  # midnight in São Paulo


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--address=nobody", IMAP, SMTP], "address"),
        (["--address=a@b.test", "--imap=imap://u:p@mail.test", SMTP], "imap_security"),
        (["--address=a@b.test", IMAP, "--smtp=http://mail.test"], "smtps://"),
        (["--address=a@b.test", IMAP, SMTP, "--since=soon"], "not now, all or a date"),
    ],
)
def test_addmailbox_refuses_what_cannot_be_and_adds_nothing(arguments: list[str], words: str):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("addmailbox", *arguments, "--team=Loja")
    assert refused.value.returncode == 2
    assert not Mailbox.objects.exists()
    assert not Team.objects.exists()


def test_addmailbox_refuses_an_address_that_is_connected():
    call_command("addmailbox", *BASIC)
    with pytest.raises(CommandError, match="connected already"):
        call_command("addmailbox", *BASIC)


def quarantined(*, raws: list[bytes | None]) -> list[InboundMail]:
    """Mails in quarantine; None: its bytes stayed on the server."""
    mailbox = connect()
    folder = MailboxFolder.objects.create(mailbox=mailbox, name="INBOX")
    arrivals = [
        Arrival(uid=uid, size=9, internal_date=None, raw=raw, reason="too large")
        for uid, raw in enumerate(raws, start=1)
    ]
    ledger.insert(ledger.rows_for(folder, arrivals))
    InboundMail.objects.update(state="quarantined", fate="quarantined", tries=3)
    return list(InboundMail.objects.order_by("uid"))


def test_requeue_gives_one_mail_back_to_the_workers(capsys: pytest.CaptureFixture[str]):
    first, second = quarantined(raws=[b"a", b"b"])
    call_command("requeue", f"--inbound={first.id}")
    assert json.loads(capsys.readouterr().out) == {"requeued": 1, "left": 0}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.fate, first.tries) == ("stored", None, 0)
    assert second.state == "quarantined"
    assert Log.objects.get(action="inbound.reprocess").cause == "requeue"


def test_requeue_gives_all_back_but_those_without_bytes(capsys: pytest.CaptureFixture[str]):
    quarantined(raws=[b"a", None, b"c"])
    call_command("requeue", "--all")
    assert json.loads(capsys.readouterr().out) == {"requeued": 2, "left": 1}
    assert InboundMail.objects.filter(state="stored").count() == 2


def test_requeue_refuses_unknown_mails_and_those_not_in_quarantine():
    with pytest.raises(CommandError, match="no such mail"):
        call_command("requeue", f"--inbound={uuid.uuid4()}")
    (mail,) = quarantined(raws=[b"a"])
    call_command("requeue", f"--inbound={mail.id}")
    with pytest.raises(CommandError, match="Only a quarantined mail"):
        call_command("requeue", f"--inbound={mail.id}")
