"""Fetching one batch of mails, whatever the server answers: who can't be had is put aside by name.

A fault may be the mail's or the server's. A mail is put aside (I7) only after three tries, and
never many at once: then it is the server that does not give any.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from backend.mail.imap import WINDOW_BYTES, Described, Fetched, ImapMailbox
from backend.mail.parse import peek
from backend.mail.server import CommandRefused, MailServerError
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import InboundMail, Mailbox
from backend.mailboxes.waiting import SeenMail

log = logging.getLogger(__name__)
NOT_FETCHED = "The server did not give this mail's bytes."
ENDED_CONNECTION = "The connection ended three times while this mail was fetched."
MAX_FAULTS = 3
_MOST_SUSPECTS = 3  # of one batch
_CAREFUL_MAILS = 10  # asked for one by one in one batch
_NOTHING = Described(0, None, "")


@dataclass(frozen=True)
class Batch:
    """Mails to store together, by UID; `last_uid` is the last that was asked for."""

    arrivals: list[Arrival]
    last_uid: int


@dataclass
class _Answers:
    """What a server said about the mails asked for, by UID; `known`: hashes of bytes we have."""

    described: dict[int, Described] = field(default_factory=dict)
    known: dict[int, str] = field(default_factory=dict)
    fetched: dict[int, Fetched] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def had(self, uid: int) -> bool:
        """Whether the desk has the bytes of a mail."""
        fetched = self.fetched.get(uid)
        return uid in self.known or (fetched is not None and fetched.raw is not None)

    def lacking(self) -> list[int]:
        """Who was asked for and came without bytes."""
        return [uid for uid in self.asked if not self.had(uid)]


def fetch_batch(
    mailbox: Mailbox,
    server: ImapMailbox,
    waiting: Sequence[SeenMail],
    faults: Counter[int],
    *,
    read_uid: int = 0,
) -> Batch:
    """Fetch the first of the waiting mails: at most 8 MB of them, or one that is larger.

    `faults` counts by UID how often a visit failed while that mail was asked for. `read_uid`: a
    mail that was read before and may still be there.

    1. A mail that three visits failed over is not asked for any more. More than three that are
       nearly so clear all: then the server itself is at fault.
    2. While anybody is doubted the mails are asked for one by one, so that the guilty is found.
    3. A mail that two visits failed over comes last, after the others have come; with no others
       waiting, after the server has given some of a mail read before.
    4. A mail the ledger knows by the provider's id (another label of Gmail) is not fetched again.
    5. Who came without bytes, but is still listed, is asked for twice more.
    6. When no mail at all came, the visit fails; else who is still missing is put aside.
    """
    if sum(1 for one in waiting if faults[one.uid] >= MAX_FAULTS - 1) > _MOST_SUSPECTS:
        log.warning("%s: the server gives no mail, it is asked from the start", mailbox.address)
        faults.clear()
    suspects = [one.uid for one in waiting if faults[one.uid] >= MAX_FAULTS - 1]
    wanted = [one.uid for one in waiting if one.uid not in suspects]
    answers = _asked_for(mailbox, server, wanted, careful=any(faults[uid] for uid in wanted))
    last = waiting[-1].uid if answers.asked == wanted else answers.asked[-1]
    suspects = [uid for uid in suspects if uid <= last]
    if suspects and not answers.fetched:
        _make_sure_it_gives(server, read_uid)
    for uid in suspects:
        if faults[uid] < MAX_FAULTS:
            _ask_alone(server, answers, uid)
    missing = _still_missing(server, answers, suspects)
    aside = dict.fromkeys(missing, NOT_FETCHED)
    aside |= {uid: ENDED_CONNECTION for uid in suspects if faults[uid] >= MAX_FAULTS}
    arrivals = [
        _arrival(mailbox, seen, answers, aside.get(seen.uid, ""))
        for seen in waiting
        if seen.uid in aside or answers.had(seen.uid)  # who is neither was expunged meanwhile
    ]
    for uid in [uid for uid in faults if uid <= last]:
        del faults[uid]
    return Batch(arrivals, last)


def _make_sure_it_gives(server: ImapMailbox, read_uid: int) -> None:
    """Raise, blaming nobody, when the server does not even give a mail read before."""
    try:
        there = server.listed([read_uid] if read_uid > 0 else [])
        if there and not server.gives(read_uid):
            raise _nothing_came(())
    except MailServerError as error:
        error.uids = ()
        raise


def _asked_for(
    mailbox: Mailbox, server: ImapMailbox, uids: Sequence[int], *, careful: bool
) -> _Answers:
    """Ask for the first of these mails, one by one or together."""
    answers = _Answers()
    if not careful:
        answers.described = server.describe(uids)
        answers.asked = list(_within_bytes(uids, answers.described))
        answers.known = _known(mailbox, answers.described)
        _fetch(server, answers, [uid for uid in answers.asked if uid not in answers.known])
        return answers
    for uid in uids[:_CAREFUL_MAILS]:
        _ask_alone(server, answers, uid)
        if sum(len(one.raw or b"") for one in answers.fetched.values()) > WINDOW_BYTES:
            break
    return answers


def _ask_alone(server: ImapMailbox, answers: _Answers, uid: int) -> None:
    answers.described |= server.describe([uid])
    answers.asked.append(uid)
    _fetch(server, answers, [uid])


def _within_bytes(uids: Sequence[int], described: dict[int, Described]) -> Iterable[int]:
    total = 0
    for number, uid in enumerate(uids):
        size = min(described.get(uid, _NOTHING).size, settings.DESK_MAX_MAIL_BYTES)
        total += size
        if number and total > WINDOW_BYTES:
            return
        yield uid


def _known(mailbox: Mailbox, described: dict[int, Described]) -> dict[int, str]:
    """Hashes of mails that came before under the same id of the provider (I15)."""
    ids = {one.provider_id: uid for uid, one in described.items() if one.provider_id}
    if not ids:
        return {}
    rows = InboundMail.objects.filter(mailbox=mailbox, provider_id__in=list(ids))
    hashes = rows.exclude(sha256="").values_list("provider_id", "sha256")
    return {ids[provider_id]: sha256 for provider_id, sha256 in hashes}


def _fetch(server: ImapMailbox, answers: _Answers, uids: Sequence[int]) -> None:
    fetched = server.fetch(uids, largest=settings.DESK_MAX_MAIL_BYTES, described=answers.described)
    answers.fetched |= {one.uid: one for one in fetched}


def _still_missing(server: ImapMailbox, answers: _Answers, suspects: Sequence[int]) -> list[int]:
    """Who is there and can't be had, after two more tries; raises when nothing came at all.

    Suspects are then blamed only where nobody else was asked for: others that did not come
    either speak for them.
    """
    missing = sorted(server.listed(answers.lacking()))
    for _ in range(MAX_FAULTS - 1):
        if not missing:
            break
        if len(missing) == len(answers.asked):
            raise _nothing_came([uid for uid in missing if uid not in suspects] or missing)
        for uid in missing:
            _fetch(server, answers, [uid])
        missing = [uid for uid in answers.lacking() if uid in missing]
    return missing


def _nothing_came(uids: Sequence[int]) -> CommandRefused:
    failure = CommandRefused(
        "fetch_imap",
        "imap_gave_no_mail",
        "",
        "The server lists new mail but gives none; the desk tries again by itself.",
        transient=True,
    )
    failure.uids = tuple(uids[:_MOST_SUSPECTS])
    return failure


def _arrival(mailbox: Mailbox, seen: SeenMail, answers: _Answers, reason: str) -> Arrival:
    """The mail as the ledger takes it; `reason` when it is put aside."""
    told = answers.described.get(seen.uid, _NOTHING)
    fetched = answers.fetched.get(seen.uid)
    before = mailbox.silent_before
    raw = fetched.raw if fetched else None
    shown = peek(raw) if raw is not None else None
    return Arrival(
        uid=seen.uid,
        # RFC822.SIZE is trusted only where the desk can't count itself.
        size=len(raw) if fetched and raw is not None and fetched.whole else told.size,
        internal_date=told.internal_date,
        raw=raw,
        from_address=shown.from_address if shown else "",
        subject=shown.subject if shown else "",
        message_id=shown.message_id if shown else "",
        reason=reason,
        sha256=answers.known.get(seen.uid, ""),
        seen_at=seen.seen_at,
        history=bool(before and told.internal_date and told.internal_date < before),
        provider_id=told.provider_id,
    )
