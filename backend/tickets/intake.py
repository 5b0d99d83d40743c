"""Intake: the story of mails, from their stored bytes to their fates.

    claim ► raw bytes ► parse ► own mail? known bytes? report? agent? ► thread ► ticket ► settle

Mails are claimed and read several at a time, then decided in order in one transaction with their
ledger rows (`deciding`). What fails there is done again mail by mail, each in a transaction of its
own: it happens wholly or not at all, and a defect in one mail can't touch its neighbours.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import connection

from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.faults import is_transient, was_given_up
from backend.core.text import storable
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import unreadable
from backend.tickets.deciding import process, stands_alone
from backend.tickets.incoming import Desk, Incoming, incoming

log = logging.getLogger(__name__)
TOGETHER = 50  # mails claimed at once
_Parsed = tuple[InboundMail, ParsedMail, bool]  # and whether every byte is here
_MOST_LOCKS = 500  # in one transaction: PostgreSQL has room for some thousands in all


@dataclass(frozen=True)
class _Read:
    """A mail that has been read. locks: how many names it locks."""

    incoming: Incoming
    stands_alone: bool
    locks: int


def drain(*, seconds: float = 30) -> int:
    """Process waiting mails until none is left or the time is over; returns how many.

    1. Claim the next mails; a claim counts as a try.
    2. Read them, then write their fates in as few transactions as can be.
    3. A mail that can't be understood is tried again later, then put into quarantine; the next
       one is not kept waiting. A database that went away costs the mail no try.
    """
    done = 0
    mailboxes: dict[uuid.UUID, Mailbox] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        mails = ledger.claim(TOGETHER)
        if not mails:
            break
        unknown = {mail.mailbox_id for mail in mails} - mailboxes.keys()
        mailboxes |= Mailbox.objects.in_bulk(unknown) if unknown else {}
        for mail in mails:
            mail.mailbox = mailboxes[mail.mailbox_id]
        if mails[0].tries > ledger.MAX_TRIES:  # claimed alone, as it was tried before
            reason = "Processing this mail killed its worker three times."
            unreadable.put_aside(mails[0], reason=reason)
            continue
        left = _read(mails)
        while left:
            del left[: _settle(_together(left))]
        done += len(mails)
    return done


def _read(mails: Sequence[InboundMail]) -> list[_Read]:
    """Parse mails and store their attachments; one that fails is dealt with and left out.

    When this takes so long that the claim might end, the mails not yet read are given back.
    """
    parsed: list[_Parsed] = []
    end = time.monotonic() + settings.DESK_LEASE_SECONDS / 3
    for number, mail in enumerate(mails):
        if number and time.monotonic() > end:
            ledger.release(mails[number:], seconds=0)
            break
        _isolated([mail], partial(_parse, mail, parsed))
    read: list[_Read] = []
    _isolated([mail for mail, *_ in parsed], lambda: read.extend(_stored(parsed)))
    return read


def _parse(mail: InboundMail, parsed: list[_Parsed]) -> None:
    raw = blobs.get(mail.sha256)
    parsed.append((mail, parse(raw), len(raw) >= mail.size))


def _stored(parsed: Sequence[_Parsed]) -> list[_Read]:
    files = [file.content for _, mail, _ in parsed for file in mail.attachments]
    hashes = iter(blobs.put_many(files))
    desk = Desk()
    read = []
    for mail, content, whole in parsed:
        stored = [next(hashes) for _ in content.attachments]
        found = incoming(mail, content, stored, whole=whole, desk=desk)
        read.append(_Read(found, stands_alone(found), len(found.lock_names)))
        crashpoint("after_parse")
    return read


def _together(left: Sequence[_Read]) -> list[Incoming]:
    """The next mails that can be decided in one transaction, in order."""
    locks = 0
    for number, one in enumerate(left):
        locks += one.locks
        if number and (one.stands_alone or left[0].stands_alone or locks > _MOST_LOCKS):
            return [found.incoming for found in left[:number]]
    return [found.incoming for found in left]


def _settle(mails: Sequence[Incoming]) -> int:
    """Decide mails together, then the one after them that must stand alone; returns how many."""
    if len(mails) == 1:
        _isolated([mails[0].mail], lambda: process(mails))
        return 1
    try:
        done = process(mails)
    except Exception as error:  # the isolation boundary: which of them it was shows alone
        if _must_wait(error) and not was_given_up(error):
            _give_back([one.mail for one in mails], error)
        else:
            log.warning("%s mails are decided one by one", len(mails), exc_info=True)
            for one in mails:
                _settle([one])
        return len(mails)
    return done if done == len(mails) else done + _settle(mails[done : done + 1])


def _isolated(mails: Sequence[InboundMail], work: Callable[[], object]) -> None:
    """Do something for claimed mails; whatever goes wrong is noted, and stops no other mail."""
    try:
        work()
    except ledger.LeaseLost as error:
        log.warning("%s", error)
    except blobs.BlobMissing as error:
        for mail in mails:
            reason = "The stored bytes are gone or damaged."
            unreadable.put_aside(mail, reason=reason, error=str(error))
    except Exception as error:  # the isolation boundary: no defect in one mail may stop the next
        if _must_wait(error):
            _give_back(mails, error)
            return
        log.exception("mail %s could not be processed", mails[0].id)
        words = storable(traceback.format_exc(limit=-8))
        for mail in mails:
            _failed(mail, words)


def _failed(mail: InboundMail, words: str) -> None:
    if mail.tries < ledger.MAX_TRIES:
        ledger.try_later(mail, error=words)
    else:
        reason = "Understanding this mail failed three times."
        unreadable.put_aside(mail, reason=reason, error=words)


def _must_wait(error: Exception) -> bool:
    return is_transient(error) or isinstance(error, blobs.BlobStoreUnusable)


def _give_back(mails: Sequence[InboundMail], error: Exception) -> None:
    log.warning("%s mails from %s on wait: %s", len(mails), mails[0].id, error)
    connection.close_if_unusable_or_obsolete()
    ledger.release(mails)  # raises when the database is away; the lease then runs out
