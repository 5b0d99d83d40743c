"""A mail that the desk sends to itself, to see that what leaves also arrives (A3).

Its Message-ID is signed for this use alone, so intake knows it (fate: own mail) when a monitor is
quicker than the test, and nobody else can make one. It is removed from where it was found.
"""

from __future__ import annotations

import time
import uuid

from django.utils import timezone

from backend.core.keys import derived_key
from backend.mail.compose import compose
from backend.mail.imap import ImapMailbox
from backend.mail.imap_connection import ImapSettings
from backend.mail.message import Address
from backend.mail.server import MailServerError, ProbeStep, one_line
from backend.mail.smtp import SmtpSettings, deliver
from backend.mail.token import make_message_id, read_message_id
from backend.mailboxes.models import Mailbox

SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 3.0
_SUBJECT = "Teste de conexão / Connection test"
_TEXT = (
    "Esta mensagem foi enviada pela central de atendimento para testar a conexão "
    "e será apagada em seguida.\n\n"
    "The help desk sent this message to test the connection; it is removed right away.\n"
)
# Where a provider may put a mail from oneself to oneself, besides the folder that is read.
_ELSEWHERE = ("junk", "sent")


def is_trial(message_id: str) -> bool:
    """True for the Message-ID of a mail this desk once sent to itself."""
    return read_message_id(message_id, _key()) is not None


def exchange(
    mailbox: Mailbox, reading: ImapSettings, sending: SmtpSettings, *, seconds: float = SECONDS
) -> list[ProbeStep]:
    """Send a mail from the mailbox to itself and wait for it: steps send_test and receive_test.

    Takes `seconds` at most for waiting; never raises for what a server does. Call it without a
    transaction and without a database connection.
    """
    domain = mailbox.address.rpartition("@")[2]
    message_id = make_message_id(uuid.uuid4(), domain, _key())
    began = time.monotonic()
    sent = _sent(mailbox, sending, message_id)
    steps = [_timed(sent, began)]
    if sent.ok:
        began = time.monotonic()
        steps.append(_timed(_received(mailbox, reading, message_id, seconds), began))
    return steps


def _key() -> bytes:
    return derived_key("trial-message-id")


def _timed(step: ProbeStep, began: float) -> ProbeStep:
    ms = int((time.monotonic() - began) * 1000)
    return ProbeStep(step.step, step.ok, step.code, step.detail, step.advice, ms)


def _sent(mailbox: Mailbox, sending: SmtpSettings, message_id: str) -> ProbeStep:
    who = Address(name=mailbox.name, address=mailbox.address)
    mail = compose(
        mailbox_from=who,
        to=[who],
        subject=_SUBJECT,
        text=_TEXT,
        message_id=message_id,
        date=timezone.now(),
        notice=True,
    )
    delivery = deliver(
        sending,
        envelope_from=mailbox.address,
        recipients=list(mail.envelope_to),
        raw=mail.bytes_,
        message_id=message_id,
    )
    words = one_line(f"{delivery.code or ''} {delivery.text}")
    if delivery.outcome == "sent":
        return ProbeStep("send_test", True, "", words, "", 0)
    advice = (
        "Check that this account may send as this address: the server did not take a mail from it."
    )
    return ProbeStep("send_test", False, "smtp_test_not_sent", words, advice, 0)


def _received(
    mailbox: Mailbox, reading: ImapSettings, message_id: str, seconds: float
) -> ProbeStep:
    deadline = time.monotonic() + seconds
    try:
        with ImapMailbox(reading) as server:
            elsewhere: dict[str, str] = {
                folder.special_use: folder.name
                for folder in server.folders()
                if folder.special_use in _ELSEWHERE and folder.selectable
            }
            folder = _wait(server, mailbox.imap_folder, elsewhere, message_id, deadline)
            for place in {mailbox.imap_folder, *elsewhere.values()}:
                _remove(server, place, message_id)
    except MailServerError as error:
        return ProbeStep("receive_test", False, error.code, error.server_words, error.advice, 0)
    if folder == mailbox.imap_folder:
        return ProbeStep("receive_test", True, "", folder, "", 0)
    if folder:
        advice = "Tell the provider that mail of this address is no spam: it was put there."
        return ProbeStep("receive_test", False, "imap_test_in_spam", folder, advice, 0)
    advice = "Check that mail to this address arrives in this folder; it may also only be slow."
    return ProbeStep("receive_test", False, "imap_test_not_seen", "", advice, 0)


def _wait(
    server: ImapMailbox, read: str, elsewhere: dict[str, str], message_id: str, deadline: float
) -> str:
    """The folder the mail has arrived in, "" when it has not by the deadline."""
    places: list[str] = [read]
    if "junk" in elsewhere:
        places.insert(0, elsewhere["junk"])  # the last one looked at stays open to be watched
    while True:
        found = next((one for one in places if server.uids_of(one, message_id, readonly=True)), "")
        left = deadline - time.monotonic()
        if found or left <= 0:
            return found
        server.idle(min(_LOOK_AGAIN_SECONDS, left))


def _remove(server: ImapMailbox, folder: str, message_id: str) -> None:
    server.remove(server.uids_of(folder, message_id))
