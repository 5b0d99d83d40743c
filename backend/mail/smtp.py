"""Delivering mails by SMTP: one alone, or several over one session (S6-S10, P3)."""

import time
from collections.abc import Callable, Sequence

from backend.mail.delivery import Delivery, RecipientResult
from backend.mail.server import ProbeStep, run_probe
from backend.mail.smtp_attempt import Attempt
from backend.mail.smtp_session import Session, SmtpSettings

__all__ = ["Delivery", "RecipientResult", "SmtpLine", "SmtpSettings", "deliver", "probe"]

# Servers end sessions that take many mails or last long; one of ours ends before.
MOST_MAILS = 50
MOST_SECONDS = 240.0


class SmtpLine:
    """A session with one server that several mails use one after the other.

    Use as a context manager. It connects for the first mail, and again when the server has ended
    the session; a mail that was not spoken of yet then goes over the new one.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        most_mails: int = MOST_MAILS,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self.settings = settings
        self.most_mails, self.most_seconds = most_mails, most_seconds
        self._session: Session | None = None
        self._mails = 0
        self._since = 0.0

    def deliver(
        self,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        raw: bytes,
        message_id: str,
        on_data: Callable[[], None] | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> Delivery:
        """Send the stored bytes to the recipients; never raises for what a server does.

        `envelope_from` is "" for the null path. `message_id` must be the one inside `raw`
        (ValueError otherwise): a retry has to carry the same id (S10). `on_data` runs just before
        the content leaves, `on_step` before each command and piece of content with the phase's
        name, and with "answer" once the final dot has left; what they raise before that ends the
        attempt unsent and is passed on.
        """
        head = raw[: raw.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in raw else raw
        if f"<{message_id.strip('<>')}>".encode() not in head:
            raise ValueError("these bytes carry another Message-ID than the outbox row")
        self._end_when_old()
        while True:
            attempt = Attempt(
                self._open(),
                envelope_from=envelope_from,
                recipients=recipients,
                raw=raw,
                on_data=on_data,
                on_step=on_step,
            )
            try:
                delivery = attempt.run()
            finally:
                if not attempt.reusable:
                    self.close()
            if not attempt.stale:  # a second attempt uses a new session, which is never stale
                self._mails += 1
                return delivery

    def _end_when_old(self) -> None:
        age = time.monotonic() - self._since
        if self._mails >= self.most_mails or age > self.most_seconds:
            self.close()

    def _open(self) -> Session:
        if self._session is not None and not self._session.is_quiet:
            self.close()
        if self._session is None:
            self._session = Session(self.settings)
            self._mails, self._since = 0, time.monotonic()
        return self._session

    def close(self) -> None:
        """Say goodbye; the next mail makes a new session."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def __enter__(self) -> "SmtpLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def deliver(
    settings: SmtpSettings,
    *,
    envelope_from: str,
    recipients: Sequence[str],
    raw: bytes,
    message_id: str,
    on_data: Callable[[], None] | None = None,
) -> Delivery:
    """Send one mail over a session of its own; see `SmtpLine.deliver`."""
    with SmtpLine(settings) as line:
        return line.deliver(
            envelope_from=envelope_from,
            recipients=recipients,
            raw=raw,
            message_id=message_id,
            on_data=on_data,
        )


def probe(settings: SmtpSettings) -> list[ProbeStep]:
    """Try the settings step by step for a person to see; never raises, sends nothing."""
    session = Session(settings)
    actions: list[tuple[str, Callable[[], str]]] = [("connect_smtp", session.connect)]
    if settings.security != "none":
        actions.append(("tls_smtp", session.encrypt))
    actions.append(("login_smtp", session.login))
    try:
        return run_probe(actions)
    finally:
        session.close()
