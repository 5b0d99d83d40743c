"""A mailbox's accounts as settings for `backend.mail`, its secrets opened just in time."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from backend.core.keys import seal, unseal
from backend.mail.imap import ImapSettings
from backend.mail.server import Protocol, Security
from backend.mail.smtp import SmtpSettings
from backend.mailboxes.models import Mailbox
from backend.mailboxes.oauth import grants

LONGEST_VERDICT = 600  # seconds, RFC 5321 4.5.3.2.6; a sender's lease is made for it


def place(mailbox: Mailbox, column: str) -> str:
    """Where a sealed password belongs; it opens nowhere else."""
    return f"mailboxes:{mailbox.id}:{column}"


def set_password(mailbox: Mailbox, column: str, password: str) -> None:
    """Seal `password` into the column ("imap_password" or "smtp_password") of an unsaved change."""
    setattr(mailbox, f"{column}_sealed", seal(password, place=place(mailbox, column)))


def _security(value: str) -> Security:
    choices: dict[str, Security] = {"tls": "tls", "starttls": "starttls", "none": "none"}
    return choices[value]


def imap_settings(mailbox: Mailbox, *, access_token: str = "") -> ImapSettings:
    """How to read the mailbox; raises UnreadableSecret when the key does not fit.

    `access_token`: of a sign-in that no mailbox has taken yet. Nobody is asked for tokens here:
    the login does, and raises LoginFailed (I12).
    """
    return ImapSettings(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=_security(mailbox.imap_security),
        username=mailbox.imap_username,
        timeout=settings.DESK_SERVER_TIMEOUT,
        **_secret(mailbox, "imap", access_token),
    )


def smtp_settings(mailbox: Mailbox, *, access_token: str = "") -> SmtpSettings:
    """How to send from the mailbox; as `imap_settings`."""
    return SmtpSettings(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security=_security(mailbox.smtp_security),
        username=mailbox.smtp_username,
        timeout=settings.DESK_SERVER_TIMEOUT,
        data_timeout=min(LONGEST_VERDICT, 10 * settings.DESK_SERVER_TIMEOUT),
        **_secret(mailbox, "smtp", access_token),
    )


def _secret(mailbox: Mailbox, protocol: Protocol, access_token: str) -> dict[str, Any]:
    if access_token:
        return {"access_token": access_token}
    if mailbox.sign_in != Mailbox.SignIn.PASSWORD:
        return grants.login_by_token(mailbox, protocol)
    column = f"{protocol}_password"
    sealed = getattr(mailbox, f"{column}_sealed")
    return {"password": unseal(sealed, place=place(mailbox, column))}
