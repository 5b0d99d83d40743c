"""What a mailbox's account may send, and whose turn it is (MAIL.md S11, S16, S18).

A mailbox is asked for its turn before its mails are looked at, so that one with thousands of
waiting mails, a stopped one or one whose server stalls costs the others nothing. Counting happens
under a lock of the mailbox's `SendingWindow`, so that several senders together keep the limits.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db import connection
from django.db.models.functions import Now

from backend.mail.delivery import Delivery
from backend.mailboxes.models import Mailbox, SendingWindow

Provider = Literal["microsoft", "google"]
_HOSTS: tuple[tuple[str, Provider], ...] = (
    (".office365.com", "microsoft"),
    (".outlook.com", "microsoft"),
    (".gmail.com", "google"),
    (".googlemail.com", "google"),
)
# An attempt that ends here says something about the server or the account, not about the mail;
# so does silence before anything of the mail but its addresses was told.
_SERVER_PHASES = frozenset({"connect", "ehlo", "starttls", "login"})
_ADDRESS_PHASES = frozenset({"mail", "rcpt"})
_LONGEST_WAIT = timedelta(minutes=15)
_LOST_ANSWERS = 3  # in a row; fewer are chance
_ASKED_TO_WAIT = timedelta(minutes=1)  # where the server does not say for how long
_LONGEST_ASKED = timedelta(hours=1)
# Enhanced codes of "too much at once" (RFC 3463 X.3.2, X.4.5, and what Microsoft 365 documents).
_TOO_MUCH = re.compile(r"\b4\.(?:3\.2|4\.5|7\.28)\b")
_SECONDS = re.compile(r"\b(\d{1,5})\s*(s|sec|seconds?|min|minutes?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account takes; None: no limit is known."""

    connections: int
    per_minute: int | None
    recipients_per_day: int | None


# Microsoft 365: its documented limits of SMTP submission. Google: 2,000 mails a day of a paid
# account, and no more sessions at once than are useful.
_KNOWN: dict[Provider | None, Limits] = {
    "microsoft": Limits(connections=3, per_minute=30, recipients_per_day=10_000),
    "google": Limits(connections=3, per_minute=None, recipients_per_day=2_000),
    None: Limits(connections=2, per_minute=None, recipients_per_day=None),
}


def provider_of(*, sign_in: str, smtp_host: str) -> Provider | None:
    """Who runs the account, as far as its sign-in and server name tell."""
    if sign_in == Mailbox.SignIn.MICROSOFT:
        return "microsoft"
    if sign_in == Mailbox.SignIn.GOOGLE:
        return "google"
    name = f".{smtp_host.lower().rstrip('.')}"
    return next((provider for ending, provider in _HOSTS if name.endswith(ending)), None)


def limits_of(mailbox: Mailbox) -> Limits:
    """The mailbox's own settings, else what its provider is known to allow."""
    known = _KNOWN[provider_of(sign_in=mailbox.sign_in, smtp_host=mailbox.smtp_host)]
    return Limits(
        connections=mailbox.smtp_connections or known.connections,
        per_minute=mailbox.messages_per_minute or known.per_minute,
        recipients_per_day=mailbox.recipients_per_day or known.recipients_per_day,
    )


def keeps_copies(mailbox: Mailbox) -> bool:
    """Whether the desk puts what was sent into Sent (MAIL.md S15): by the mailbox's setting.

    "auto" means: unless the provider keeps what leaves by its SMTP server.
    """
    if mailbox.sent_copy != Mailbox.SentCopy.AUTO:
        return mailbox.sent_copy == Mailbox.SentCopy.ALWAYS
    return provider_of(sign_in=mailbox.sign_in, smtp_host=mailbox.smtp_host) is None


# What a sender may take: due, or held until now, or of a sender that died before the content.
# The first condition is the index's.
DUE = """
o.state IN ('held', 'queued', 'deferred', 'sending')
AND o.next_attempt_at <= statement_timestamp()
AND (o.state IN ('queued', 'deferred')
     OR (o.state = 'held' AND o.hold <> 'customer_wrote')
     OR (o.state = 'sending' AND o.lease_until < statement_timestamp()
         AND o.data_started_at IS NULL))
"""
_BUSY = """
(SELECT count(*) FROM outbound_mail b
 WHERE b.mailbox_id = {mailbox} AND b.state = 'sending' AND b.lease_until > statement_timestamp())
"""
# Nothing waits longer than until tomorrow: a moment beyond was written under a clock that was
# ahead, and has been set right (MAIL.md X14).
_WAITS = """
coalesce(w.wait_until > statement_timestamp()
    AND w.wait_until < statement_timestamp() + interval '25 hours', false)
"""
_READY = f"""
SELECT m.id, m.sign_in, m.smtp_host, m.smtp_connections, {_BUSY.format(mailbox="m.id")} AS busy
FROM mailboxes m LEFT JOIN sending_windows w ON w.mailbox_id = m.id
WHERE m.state <> 'paused' AND NOT m.sending_stopped AND m.sending_held_code = ''
  AND NOT {_WAITS}
  AND (%(only)s::uuid IS NULL OR m.id = %(only)s::uuid)
  AND EXISTS (SELECT 1 FROM outbound_mail o WHERE o.mailbox_id = m.id AND {DUE})
ORDER BY w.served_at NULLS FIRST, m.id
"""  # noqa: S608 - our own constants


def ready(only: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Mailboxes that have something due and may send it now, the longest unserved first."""
    with connection.cursor() as cursor:
        cursor.execute(_READY, {"only": only})
        rows = cursor.fetchall()
    return [
        mailbox_id
        for mailbox_id, sign_in, host, connections, busy in rows
        if busy < (connections or _KNOWN[provider_of(sign_in=sign_in, smtp_host=host)].connections)
    ]


# An upsert that changes nothing locks the row. Minutes and days that are over count as empty.
_LOCK = f"""
INSERT INTO sending_windows AS w (mailbox_id, in_minute, in_day, failures) VALUES (%(id)s, 0, 0, 0)
ON CONFLICT (mailbox_id) DO UPDATE SET mailbox_id = w.mailbox_id
RETURNING
    CASE WHEN minute = date_trunc('minute', statement_timestamp()) THEN in_minute ELSE 0 END,
    CASE WHEN day = date_trunc('day', statement_timestamp(), 'UTC') THEN in_day ELSE 0 END,
    {_WAITS}
"""  # noqa: S608 - our own constant
_COUNT = """
UPDATE sending_windows SET served_at = clock_timestamp(),
    minute = date_trunc('minute', statement_timestamp()), in_minute = %(in_minute)s,
    day = date_trunc('day', statement_timestamp(), 'UTC'), in_day = %(in_day)s
WHERE mailbox_id = %(id)s
"""
_UNTIL_NEXT = """
UPDATE sending_windows SET
    wait_until = date_trunc(%(unit)s, statement_timestamp(), 'UTC') + %(span)s::interval
WHERE mailbox_id = %(id)s
"""


@dataclass(slots=True)
class Turn:
    """A mailbox's counters, locked until the transaction ends."""

    mailbox: Mailbox
    limits: Limits
    in_minute: int
    in_day: int

    def take(self, recipients: int) -> bool:
        """Count one mail to so many recipients; False when the day has no room for them.

        A mail to more people than a day allows leaves alone on its day.
        """
        most = self.limits.recipients_per_day
        if most is not None and self.in_day and self.in_day + recipients > most:
            return False
        self.in_minute += 1
        self.in_day += recipients
        with connection.cursor() as cursor:
            values: dict[str, Any] = {
                "in_minute": self.in_minute,
                "in_day": self.in_day,
                "id": self.mailbox.id,
            }
            cursor.execute(_COUNT, values)
        return True

    def wait_for_tomorrow(self) -> None:
        """Nothing more leaves today."""
        _wait_for_next(self.mailbox.id, "day")


def turn_of(mailbox_id: uuid.UUID) -> Turn | None:
    """The mailbox's turn, inside a transaction; None when a limit is reached or it must wait."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"id": mailbox_id})
        in_minute, in_day, waits = cursor.fetchone()
        # Read after the lock: another sender's claim is seen now.
        cursor.execute(f"SELECT {_BUSY.format(mailbox='%s')}", [mailbox_id])
        busy = cursor.fetchone()[0]
    mailbox = Mailbox.objects.get(pk=mailbox_id)
    limits = limits_of(mailbox)
    if waits or busy >= limits.connections:
        return None
    if limits.per_minute is not None and in_minute >= limits.per_minute:
        _wait_for_next(mailbox_id, "minute")
        return None
    if limits.recipients_per_day is not None and in_day >= limits.recipients_per_day:
        _wait_for_next(mailbox_id, "day")
        return None
    return Turn(mailbox, limits, in_minute, in_day)


def _wait_for_next(mailbox_id: uuid.UUID, unit: Literal["minute", "day"]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UNTIL_NEXT, {"unit": unit, "span": f"1 {unit}", "id": mailbox_id})


def note_answer(mailbox_id: uuid.UUID, delivery: Delivery) -> None:
    """What an attempt says about the server: it asked to wait, it does not answer, or all is well.

    One that does not answer is asked again after 1, 2, 4 ... 15 minutes, so that its thousand
    mails do not each cost a sender a time-out. Nor shall they all become uncertain under one that
    takes them and says nothing.
    """
    asked = asked_to_wait(delivery)
    window = SendingWindow.objects.filter(mailbox_id=mailbox_id)
    failures = window.values_list("failures", flat=True).first() or 0
    if delivery.outcome == "deferred" and _says_of_the_server(delivery):
        wait = _back_off(failures)
        _wait(mailbox_id, max(wait, asked or wait), failures=failures + 1)
    elif delivery.outcome == "uncertain" and delivery.code is None:
        if failures + 1 < _LOST_ANSWERS:
            window.update(failures=failures + 1)
        else:
            _wait(mailbox_id, _back_off(failures + 1 - _LOST_ANSWERS), failures=failures + 1)
    elif asked is not None:
        _wait(mailbox_id, asked, failures=0)
    else:
        window.filter(failures__gt=0).update(failures=0)
    if delivery.server_size:
        window.exclude(server_size=delivery.server_size).update(server_size=delivery.server_size)


def _back_off(failures: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(failures, 5)), _LONGEST_WAIT)


def _says_of_the_server(delivery: Delivery) -> bool:
    silent = delivery.code is None and delivery.phase in _ADDRESS_PHASES
    return silent or delivery.phase in _SERVER_PHASES


def asked_to_wait(delivery: Delivery) -> timedelta | None:
    """How long the server wants the whole account to wait, None when it did not ask.

    421 is "closing the channel" (RFC 5321 3.8), 432 what Microsoft 365 says to too many at once.
    """
    code, words = delivery.code, delivery.text
    if delivery.outcome != "deferred" or code is None:
        return None
    if code not in {421, 432} and not (400 <= code < 500 and _TOO_MUCH.search(words)):
        return None
    told = _SECONDS.search(words)
    if told is None:
        return _ASKED_TO_WAIT
    unit = timedelta(minutes=1) if told[2].lower().startswith("m") else timedelta(seconds=1)
    return min(max(unit * int(told[1]), timedelta(seconds=1)), _LONGEST_ASKED)


def _wait(mailbox_id: uuid.UUID, span: timedelta, *, failures: int) -> None:
    SendingWindow.objects.update_or_create(
        mailbox_id=mailbox_id,
        defaults={"wait_until": Now() + span, "failures": min(failures, 100)},
    )


def largest_mail(mailbox: Mailbox) -> int:
    """Bytes a mail may have: the mailbox's setting or 20 MiB, and no more than its server takes."""
    most = mailbox.largest_sent_bytes or 20 * 1024 * 1024
    window = SendingWindow.objects.filter(mailbox=mailbox)
    told = window.values_list("server_size", flat=True).first()
    return min(most, told) if told else most


def forget_waits(mailbox_id: uuid.UUID) -> None:
    """Ask the server again at once: its settings changed or a person wants to know."""
    SendingWindow.objects.filter(mailbox_id=mailbox_id).update(wait_until=None, failures=0)
