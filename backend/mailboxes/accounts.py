"""A mailbox's accounts as settings for `backend.mail`, its passwords opened just in time."""

from __future__ import annotations

from backend.core.keys import seal, unseal
from backend.mail.imap import ImapSettings
from backend.mail.server import Security
from backend.mail.smtp import SmtpSettings
from backend.mailboxes.models import Mailbox


def place(mailbox: Mailbox, column: str) -> str:
    """Where a sealed password belongs; it opens nowhere else."""
    return f"mailboxes:{mailbox.id}:{column}"


def set_password(mailbox: Mailbox, column: str, password: str) -> None:
    """Seal `password` into the column ("imap_password" or "smtp_password") of an unsaved change."""
    setattr(mailbox, f"{column}_sealed", seal(password, place=place(mailbox, column)))


def _security(value: str) -> Security:
    choices: dict[str, Security] = {"tls": "tls", "starttls": "starttls", "none": "none"}
    return choices[value]


def imap_settings(mailbox: Mailbox) -> ImapSettings:
    """How to read the mailbox; raises UnreadableSecret when the key does not fit."""
    return ImapSettings(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=_security(mailbox.imap_security),
        username=mailbox.imap_username,
        password=unseal(mailbox.imap_password_sealed, place=place(mailbox, "imap_password")),
    )


def smtp_settings(mailbox: Mailbox) -> SmtpSettings:
    """How to send from the mailbox; raises UnreadableSecret when the key does not fit."""
    return SmtpSettings(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security=_security(mailbox.smtp_security),
        username=mailbox.smtp_username,
        password=unseal(mailbox.smtp_password_sealed, place=place(mailbox, "smtp_password")),
    )
