"""What became of one attempt to deliver a mail; made by backend.mail.smtp, read by the outbox."""

from dataclasses import dataclass
from typing import Literal

RecipientState = Literal["accepted", "deferred", "failed", "uncertain"]
Outcome = Literal["sent", "deferred", "failed", "uncertain"]


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What became of one recipient (S8). code: the SMTP reply, None when none came."""

    address: str
    state: RecipientState
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The verdict on one attempt.

    outcome: "uncertain" when any recipient is, else "deferred" when any is, else
        "failed" when all are, else "sent". The recipients say which.
    phase: where the attempt ended: prepare, connect, ehlo, starttls, login, mail,
        rcpt, data, body, dot, or "done".
    code, text: the answer that decided, None and words of our own when none came.
    server_size: the largest mail the server takes, as it said at EHLO (RFC 1870).
    """

    outcome: Outcome
    recipients: tuple[RecipientResult, ...]
    phase: str
    code: int | None
    text: str
    server_size: int | None = None
