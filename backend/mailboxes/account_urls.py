"""Mail accounts written as URLs, as administrators type them (after RFC 5092 and RFC 1738)."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from backend.core.errors import FieldError, Invalid
from backend.mailboxes.models import Mailbox

_Security = Mailbox.Security
# scheme: security and the port it is usually found at
_IMAP = {
    "imaps": (_Security.TLS, 993),
    "imap+starttls": (_Security.STARTTLS, 143),
    "imap": (_Security.NONE, 143),
}
_SMTP = {
    "smtps": (_Security.TLS, 465),
    "smtp+starttls": (_Security.STARTTLS, 587),
    "smtp": (_Security.NONE, 25),
}


def imap_values(url: str, *, address: str) -> dict[str, Any]:
    """The imap_* fields of imaps://user:password@host:993/INBOX, parts percent-decoded.

    Schemes: imaps, imap+starttls, imap (unencrypted). The user is `address` and the folder
    INBOX unless given. Raises Invalid.
    """
    parts, security, port = _split(url, _IMAP, field="imap")
    return {
        "imap_host": parts.hostname or "",
        "imap_port": port,
        "imap_security": security,
        "imap_username": unquote(parts.username or "") or address,
        "imap_password": unquote(parts.password or ""),
        "imap_folder": unquote(parts.path.strip("/")) or "INBOX",
    }


def smtp_values(url: str, *, address: str) -> dict[str, Any]:
    """The smtp_* fields of smtps://user:password@host:465, parts percent-decoded.

    Schemes: smtps, smtp+starttls, smtp (unencrypted). With neither user nor password the desk
    does not log in; with a password only, the user is `address`. Raises Invalid.
    """
    parts, security, port = _split(url, _SMTP, field="smtp")
    password = unquote(parts.password or "")
    return {
        "smtp_host": parts.hostname or "",
        "smtp_port": port,
        "smtp_security": security,
        "smtp_username": unquote(parts.username or "") or (address if password else ""),
        "smtp_password": password,
    }


def _split(
    url: str, schemes: dict[str, tuple[Mailbox.Security, int]], *, field: str
) -> tuple[SplitResult, Mailbox.Security, int]:
    """The parts of a URL; no message repeats the URL, which holds a password."""
    known = ", ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(url.strip())
        given_port = parts.port
    except ValueError as error:
        raise Invalid(
            f"--{field} is not a URL: write %-codes for special characters in user and password.",
            fields={field: [FieldError("Not a URL.", "invalid")]},
        ) from error
    if parts.scheme not in schemes or not parts.hostname:
        example = f"{next(iter(schemes))}://user:password@host:port"
        raise Invalid(
            f"--{field} must be a URL such as {example}; it may begin with {known}.",
            fields={field: [FieldError(f"Use {known}.", "invalid")]},
        )
    if parts.query or parts.fragment:
        raise Invalid(
            f'--{field} holds "?" or "#": write them as %3F and %23.',
            fields={field: [FieldError("Write special characters as %-codes.", "invalid")]},
        )
    security, usual_port = schemes[parts.scheme]
    return parts, security, given_port or usual_port
