"""The customer's side of the demo room: a postbox at x@demo.local, by real IMAP and SMTP only.

Nothing here touches the desk's tables: what a visitor writes travels as a mail and comes back
as one.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from backend.core.errors import FieldError, Invalid, Unavailable
from backend.core.text import one_line, storable
from backend.demo.room import DOMAIN, HOST, desk_address
from backend.mail.compose import HeaderInjection, InvalidAddress, compose, references_for
from backend.mail.imap import FolderMissing, ImapMailbox, ImapSettings
from backend.mail.message import Address, ParsedMail
from backend.mail.parse import parse
from backend.mail.server import MailServerError
from backend.mail.smtp import SmtpSettings, deliver
from backend.tickets.recipients import own_addresses

log = logging.getLogger(__name__)
MOST_MESSAGES = 50
# What the room's servers take as an account: no name that could walk through folders.
_ADDRESS = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9._+-]{0,63}@demo\.local")
_FOLDERS = {"inbox": "INBOX", "sent": "Sent"}
_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class PostboxMessage:
    """A mail of the postbox. `folder`: inbox or sent; `uid` is unique in its folder only."""

    uid: int
    folder: str
    from_: str
    to: str
    subject: str
    date: datetime
    text: str
    message_id: str
    in_reply_to: str
    references: Sequence[str]


@dataclass(frozen=True)
class Letter:
    """What a customer wants to send; `in_reply_to_uid` names the INBOX mail it answers."""

    name: str
    address: str
    subject: str
    text: str
    in_reply_to_uid: int | None = None


def read(address: str) -> list[PostboxMessage]:
    """Mails of INBOX and Sent, newest first, at most 50.

    Raises Invalid for an address outside the room, Missing when the room is closed,
    Unavailable when its IMAP server does not answer.
    """
    desk_address()
    account = checked_account(address)
    try:
        with ImapMailbox(_imap(account)) as server:
            found = [one for folder in _FOLDERS for one in _newest(server, folder)]
    except MailServerError as error:
        raise _away(error) from error
    found.sort(key=lambda one: (one.date, one.uid), reverse=True)
    return found[:MOST_MESSAGES]


def write(letter: Letter) -> str:
    """Mail the desk as the customer; returns the Message-ID. The copy lands in Sent.

    Raises Invalid for a wrong address, an empty text, an unknown `in_reply_to_uid` or a mail
    the server refuses; Missing when the room is closed; Unavailable when a server is away.
    """
    desk = desk_address()
    account = checked_account(letter.address)
    if not letter.text.strip():
        raise Invalid(
            "Write something first.",
            fields={"text": [FieldError("Write something first.", "blank")]},
        )
    message_id = f"{uuid.uuid4().hex}@{DOMAIN}"
    try:
        with ImapMailbox(_imap(account)) as server:
            answered = _answered(server, letter.in_reply_to_uid)
            raw = _compose(letter, account, desk=desk, message_id=message_id, answered=answered)
            _send(account, desk, raw, message_id)
            _keep_copy(server, raw, message_id)
    except MailServerError as error:
        raise _away(error) from error
    return message_id


def checked_account(address: str) -> str:
    """The account of an address of the room, in lower case; Invalid for any other, and for ours."""
    account = address.strip().lower()
    if not _ADDRESS.fullmatch(account):
        raise Invalid(
            f"Only addresses such as ana@{DOMAIN} live in the demo room.",
            code="bad_address",
            fields={
                "address": [
                    FieldError(f"Use letters, digits, . _ + - before @{DOMAIN}.", "outside_demo")
                ]
            },
        )
    if account in own_addresses():
        raise Invalid(
            f"{account} belongs to the desk: choose another name for the customer.",
            code="desk_address",
            fields={"address": [FieldError("This address is the desk's own.", "desk_address")]},
        )
    return account


def _imap(account: str) -> ImapSettings:
    return ImapSettings(
        host=HOST,
        port=settings.DESK_DEMO_IMAP_PORT,
        security="none",
        username=account,
        password=settings.DESK_DEMO_PASSWORD,
        timeout=_TIMEOUT_SECONDS,
    )


def _newest(server: ImapMailbox, folder: str) -> Iterator[PostboxMessage]:
    try:
        server.select(_FOLDERS[folder], readonly=True)
    except FolderMissing:
        return  # nothing was ever sent from this account
    for fetched in server.fetch(server.uids_above(0)[-MOST_MESSAGES:]):
        if fetched.raw is None:
            continue  # deleted meanwhile by another window
        mail = parse(fetched.raw)
        yield PostboxMessage(
            uid=fetched.uid,
            folder=folder,
            from_=_shown([mail.from_] if mail.from_ else []),
            to=_shown(mail.to),
            subject=mail.subject,
            date=mail.date or fetched.internal_date or datetime.fromtimestamp(0, UTC),
            text=mail.text,
            message_id=mail.message_id,
            in_reply_to=mail.in_reply_to[0] if mail.in_reply_to else "",
            references=mail.references,
        )


def _shown(addresses: Sequence[Address]) -> str:
    return ", ".join(
        f"{one.name} <{one.address}>" if one.name else one.address for one in addresses
    )


def _answered(server: ImapMailbox, uid: int | None) -> ParsedMail | None:
    if uid is None:
        return None
    server.select(_FOLDERS["inbox"], readonly=True)
    fetched = next(server.fetch([uid]), None)
    if fetched is None or fetched.raw is None:
        raise Invalid(
            "The mail to answer is not in this postbox.",
            code="no_such_mail",
            fields={
                "in_reply_to_uid": [
                    FieldError("No mail of the inbox has this uid.", "no_such_mail")
                ]
            },
        )
    return parse(fetched.raw)


def _compose(
    letter: Letter, account: str, *, desk: str, message_id: str, answered: ParsedMail | None
) -> bytes:
    try:
        return compose(
            mailbox_from=Address(one_line(letter.name, limit=100), account),
            to=[Address("", desk)],
            subject=one_line(letter.subject, limit=300),
            text=storable(letter.text),
            message_id=message_id,
            in_reply_to=answered.message_id if answered else None,
            references=references_for(answered.message_id, answered.references) if answered else (),
            date=timezone.now(),
        ).bytes_
    except (HeaderInjection, InvalidAddress) as error:
        raise Invalid(f"This can't be written as a mail: {error}.", code="bad_address") from error


def _send(account: str, desk: str, raw: bytes, message_id: str) -> None:
    delivery = deliver(
        SmtpSettings(
            host=HOST,
            port=settings.DESK_DEMO_SMTP_PORT,
            security="none",
            username=account,
            password=settings.DESK_DEMO_PASSWORD,
            timeout=_TIMEOUT_SECONDS,
            data_timeout=_TIMEOUT_SECONDS,
        ),
        envelope_from=account,
        recipients=[desk],
        raw=raw,
        message_id=message_id,
    )
    if delivery.outcome == "sent":
        return
    words = f"The demo room's mail server did not take the mail: {delivery.text}"
    if delivery.outcome == "failed":
        raise Invalid(words, code="mail_refused")
    raise Unavailable(words, code="demo_mail_away")


def _keep_copy(server: ImapMailbox, raw: bytes, message_id: str) -> None:
    """File the sent mail under Sent; it has left already, so a fault here is only noted."""
    try:
        server.append(_FOLDERS["sent"], raw)
    except MailServerError as error:
        log.warning("%s was sent, but no copy was kept: %s", message_id, error)


def _away(error: MailServerError) -> Unavailable:
    return Unavailable(
        f"The demo room's mailbox does not answer ({error.server_words or error.code}): "
        "is ./desk run still running?",
        code="demo_mail_away",
    )
