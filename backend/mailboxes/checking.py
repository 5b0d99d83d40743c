"""What a mailbox's settings must be before they are stored."""

from __future__ import annotations

import ipaddress
import re
from zoneinfo import available_timezones

from backend.core.errors import FieldError, Invalid
from backend.core.text import one_line, storable
from backend.mailboxes import partner_desks, working_hours
from backend.mailboxes.models import Mailbox
from backend.mailboxes.oauth.providers import provider

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9a-fA-F:.]+\]?")
# What can stand in From and in a Message-ID without quotes (RFC 5322 3.2.3, RFC 5321 4.1.2).
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ADDRESS = re.compile(rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_WORDS = ("acknowledgement_pt", "acknowledgement_en", "out_of_hours_pt", "out_of_hours_en")
_FOLDERS = ("imap_folder", "move_to", "sent_folder")
_MOST_FOLDERS = 50
_LONGEST_UNDO_SECONDS = 120
# Limits of an account, each with its least and most sensible value.
_LIMITS = {
    "largest_sent_bytes": (65_536, 200 * 1024 * 1024),
    "messages_per_minute": (1, 10_000),
    "recipients_per_day": (1, 1_000_000),
    "smtp_connections": (1, 20),
}
Wrong = dict[str, list[FieldError]]


def clean(mailbox: Mailbox) -> None:
    """Normalise an unsaved mailbox and check it; raises Invalid naming each wrong field."""
    wrong: Wrong = {}
    mailbox.address = mailbox.address.strip().lower()
    if not ADDRESS.fullmatch(mailbox.address) or len(mailbox.address) > 320:
        wrong["address"] = [
            FieldError("Type one e-mail address, such as support@example.com.", "bad_address")
        ]
    mailbox.name = one_line(mailbox.name, limit=120) or mailbox.address
    mailbox.signature = storable(mailbox.signature)
    mailbox.aliases = sorted({alias.strip().lower() for alias in mailbox.aliases if alias.strip()})
    for kind in ("imap", "smtp"):
        wrong |= _account(mailbox, kind)
    wrong |= _folders(mailbox)
    wrong |= _answers(mailbox)
    wrong |= _sending(mailbox)
    if wrong:
        raise Invalid("Some settings are wrong: " + ", ".join(sorted(wrong)), fields=wrong)


def is_this_machine(host: str) -> bool:
    """True for a name or address that never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _account(mailbox: Mailbox, kind: str) -> Wrong:
    """Host, port, encryption and user name of "imap" or "smtp"."""
    wrong: Wrong = {}
    host = getattr(mailbox, f"{kind}_host").strip().lower()
    setattr(mailbox, f"{kind}_host", host)
    if not _HOST.fullmatch(host):
        wrong[f"{kind}_host"] = [
            FieldError("Type a server name, such as imap.example.com.", "bad_host")
        ]
    elif mailbox.sign_in != Mailbox.SignIn.PASSWORD and not _may_see_tokens(mailbox, host):
        wrong[f"{kind}_host"] = [
            FieldError("This sign-in works with the provider's own servers.", "not_the_providers")
        ]
    if not 0 < (getattr(mailbox, f"{kind}_port") or 0) < 65536:
        wrong[f"{kind}_port"] = [FieldError("Type a port between 1 and 65535.", "bad_port")]
    if getattr(mailbox, f"{kind}_security") == Mailbox.Security.NONE and not is_this_machine(host):
        wrong[f"{kind}_security"] = [
            FieldError(
                "Use TLS or STARTTLS: only connections to this machine may be unencrypted.",
                "clear_text_refused",
            )
        ]
    if _has_control(getattr(mailbox, f"{kind}_username")):
        wrong[f"{kind}_username"] = [_CONTROL]
    return wrong


def _may_see_tokens(mailbox: Mailbox, host: str) -> bool:
    return provider(mailbox.sign_in).may_see_tokens(host)


_CONTROL = FieldError("Control characters are not allowed.", "control_characters")


def _has_control(text: str) -> bool:
    return any(ord(char) < 32 or ord(char) == 127 for char in text)


def _folders(mailbox: Mailbox) -> Wrong:
    """Each folder is read once, and what is moved away is not read again."""
    wrong: Wrong = {
        field: [_CONTROL] for field in _FOLDERS if _has_control(getattr(mailbox, field))
    }
    if not mailbox.imap_folder.strip():
        mailbox.imap_folder = "INBOX"
    further = dict.fromkeys(one for one in mailbox.further_folders if one.strip())
    mailbox.further_folders = [one for one in further if not _same(one, mailbox.imap_folder)]
    if len(mailbox.further_folders) > _MOST_FOLDERS:
        wrong["further_folders"] = [FieldError("At most 50 folders.", "max_length")]
    elif any(_has_control(one) or len(one) > 255 for one in mailbox.further_folders):
        wrong["further_folders"] = [_CONTROL]
    if mailbox.after_reading == Mailbox.AfterReading.MOVE:
        read = [mailbox.imap_folder, *mailbox.further_folders]
        if not mailbox.move_to:
            wrong["move_to"] = [FieldError("Name the folder that read mail is moved to.", "blank")]
        elif any(_same(mailbox.move_to, one) for one in read):
            wrong["move_to"] = [
                FieldError("Mail can't be moved to a folder that is read.", "folder_is_read")
            ]
    return wrong


def _same(one: str, other: str) -> bool:
    """INBOX alone is the same however it is written (RFC 9051 5.1)."""
    return one == other or one.upper() == other.upper() == "INBOX"


def _answers(mailbox: Mailbox) -> Wrong:
    """What automatic answers and trust depend on."""
    wrong: Wrong = {}
    for field in _WORDS:
        setattr(mailbox, field, storable(getattr(mailbox, field)))
    try:
        mailbox.working_hours = working_hours.checked(mailbox.working_hours)
    except ValueError as error:
        wrong["working_hours"] = [FieldError(str(error), "bad_hours")]
    if mailbox.time_zone and mailbox.time_zone not in available_timezones():
        wrong["time_zone"] = [
            FieldError("Type a time zone, such as America/Sao_Paulo.", "bad_time_zone")
        ]
    mailbox.authserv_id = mailbox.authserv_id.strip().lower()
    try:
        mailbox.partner_desks = partner_desks.checked(mailbox.partner_desks)
    except ValueError as error:
        wrong["partner_desks"] = [FieldError(str(error), "bad_partner")]
    return wrong


def _sending(mailbox: Mailbox) -> Wrong:
    """Limits and times of what leaves."""
    wrong: Wrong = {}
    if not 0 <= mailbox.undo_seconds <= _LONGEST_UNDO_SECONDS:
        wrong["undo_seconds"] = [FieldError("Choose 0 to 120 seconds.", "max_value")]
    for field, (least, most) in _LIMITS.items():
        value = getattr(mailbox, field)
        if value is not None and not least <= value <= most:
            words = f"Choose a number between {least} and {most}."
            wrong[field] = [
                FieldError(words, "min_value") if value < least else FieldError(words, "max_value")
            ]
    return wrong
