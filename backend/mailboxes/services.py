"""Changes to mailboxes: each one transaction with its log entry and live event."""

from __future__ import annotations

import ipaddress
import re
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.core.errors import Conflict, FieldError, Invalid, Missing, Stale
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.events.services import publish
from backend.mailboxes import accounts, partner_desks, working_hours
from backend.mailboxes.models import UNDERSTANDING_FIELDS, Mailbox, MailboxFolder

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9a-fA-F:.]+\]?")
# What can stand in From and in a Message-ID without quotes (RFC 5322 3.2.3, RFC 5321 4.1.2).
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_PLAIN_FIELDS = (
    "name",
    "address",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_username",
    "imap_folder",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_username",
    "after_reading",
    "move_to",
    "signature",
    "state",
    "import_since",
    "aliases",
    *UNDERSTANDING_FIELDS,
)
_WORDS = ("acknowledgement_pt", "acknowledgement_en", "out_of_hours_pt", "out_of_hours_en")
_PASSWORDS = ("imap_password", "smtp_password")
# "From now" forgives a mail server's clock and mail that arrives during the set-up.
_NOW_SLACK = timedelta(minutes=5)


@transaction.atomic
def create_mailbox(
    *, actor: Actor, values: dict[str, Any], team_id: uuid.UUID | None = None, is_demo: bool = False
) -> Mailbox:
    """Add a mailbox. `values` are the fields of the form; `imap_password` and `smtp_password` are
    sealed. Without `import_since` reading starts now; null reads everything.

    Raises Invalid with the wrong fields, or Conflict when the address is taken.
    """
    mailbox = Mailbox(team_id=team_id, is_demo=is_demo)
    mailbox.import_since = timezone.now() - _NOW_SLACK
    _apply(mailbox, values)
    _refuse_connected(mailbox)
    mailbox.save(force_insert=True)
    record(
        actor=actor,
        action="mailbox.create",
        object_type="mailbox",
        object_id=mailbox.id,
        after=_shown(mailbox),
    )
    publish("mailbox.updated", mailbox_id=mailbox.id)
    return mailbox


@transaction.atomic
def change_mailbox(
    *, actor: Actor, mailbox_id: uuid.UUID, values: dict[str, Any], version: int | None
) -> Mailbox:
    """Change a mailbox; a password left out or empty stays. Raises Missing, Stale, Invalid, or
    Conflict when the address is taken."""
    mailbox = _locked(mailbox_id)
    if version is not None and version != mailbox.version:
        raise Stale("Somebody changed this mailbox meanwhile: read it again.")
    before, account = _shown(mailbox), _account(mailbox)
    _apply(mailbox, values)
    _refuse_connected(mailbox)
    if _account(mailbox) != account:
        _forget_position(mailbox)
    if "state" not in values and mailbox.state == Mailbox.State.ERROR:
        mailbox.state = Mailbox.State.ACTIVE  # new settings deserve a new try at once
    mailbox.failures = 0
    mailbox.version += 1
    mailbox.save()
    after = _shown(mailbox)
    changed = {field for field in after if after[field] != before[field]}
    record(
        actor=actor,
        action="mailbox.change",
        object_type="mailbox",
        object_id=mailbox.id,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed}
        | {field: "changed" for field in _PASSWORDS if values.get(field)},
    )
    publish("mailbox.updated", mailbox_id=mailbox.id)
    return mailbox


@transaction.atomic
def delete_mailbox(*, actor: Actor, mailbox_id: uuid.UUID) -> None:
    """Remove a mailbox nothing was received or sent with; else Conflict: pause it instead."""
    mailbox = _locked(mailbox_id)
    before = _shown(mailbox)
    try:
        with transaction.atomic():
            MailboxFolder.objects.filter(mailbox=mailbox).delete()
            mailbox.delete()
    except ProtectedError as error:
        raise Conflict(
            "Mail was received or sent with this mailbox: pause it instead.", code="mailbox_used"
        ) from error
    record(
        actor=actor,
        action="mailbox.delete",
        object_type="mailbox",
        object_id=mailbox_id,
        before=before,
    )
    publish("mailbox.updated", mailbox_id=mailbox_id)


def draft(values: dict[str, Any], *, base: Mailbox | None = None) -> Mailbox:
    """An unsaved mailbox for a connection test, from a form and the stored passwords of `base`."""
    mailbox = base or Mailbox()
    _apply(mailbox, values)
    return mailbox


def _apply(mailbox: Mailbox, values: dict[str, Any]) -> None:
    for field in _PLAIN_FIELDS:
        if field in values:
            setattr(mailbox, field, values[field])
    _clean(mailbox)
    for column in _PASSWORDS:
        if values.get(column):
            accounts.set_password(mailbox, column, values[column])


def _clean(mailbox: Mailbox) -> None:
    """Normalise and check; raises Invalid naming each wrong field."""
    wrong: dict[str, list[FieldError]] = {}
    mailbox.address = mailbox.address.strip().lower()
    if not _ADDRESS.fullmatch(mailbox.address) or len(mailbox.address) > 320:
        wrong["address"] = [
            FieldError("Type one e-mail address, such as support@example.com.", "bad_address")
        ]
    mailbox.name = one_line(mailbox.name, limit=120) or mailbox.address
    mailbox.signature = storable(mailbox.signature)
    mailbox.aliases = sorted({alias.strip().lower() for alias in mailbox.aliases if alias.strip()})
    for kind in ("imap", "smtp"):
        host = getattr(mailbox, f"{kind}_host").strip().lower()
        setattr(mailbox, f"{kind}_host", host)
        if not _HOST.fullmatch(host):
            wrong[f"{kind}_host"] = [
                FieldError("Type a server name, such as imap.example.com.", "bad_host")
            ]
        if not 0 < (getattr(mailbox, f"{kind}_port") or 0) < 65536:
            wrong[f"{kind}_port"] = [FieldError("Type a port between 1 and 65535.", "bad_port")]
        if getattr(mailbox, f"{kind}_security") == Mailbox.Security.NONE and not _this_machine(
            host
        ):
            wrong[f"{kind}_security"] = [
                FieldError(
                    "Use TLS or STARTTLS: only connections to this machine may be unencrypted.",
                    "clear_text_refused",
                )
            ]
        for field in (f"{kind}_username", "imap_folder", "move_to"):
            if any(ord(char) < 32 or ord(char) == 127 for char in getattr(mailbox, field)):
                wrong[field] = [
                    FieldError("Control characters are not allowed.", "control_characters")
                ]
    wrong |= _clean_answers(mailbox)
    if mailbox.after_reading == Mailbox.AfterReading.MOVE and not mailbox.move_to:
        wrong["move_to"] = [FieldError("Name the folder that read mail is moved to.", "blank")]
    if wrong:
        raise Invalid("Some settings are wrong: " + ", ".join(sorted(wrong)), fields=wrong)


def _clean_answers(mailbox: Mailbox) -> dict[str, list[FieldError]]:
    """Normalise what automatic answers and trust depend on; returns what is wrong."""
    wrong: dict[str, list[FieldError]] = {}
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


def _refuse_connected(mailbox: Mailbox) -> None:
    """Raise Conflict when another mailbox has the address; nobody else can take it meanwhile."""
    lock_names([f"mailbox:{mailbox.address}"])
    others = Mailbox.objects.exclude(pk=mailbox.pk)
    if others.filter(address__iexact=mailbox.address).exists():
        raise Conflict(f"{mailbox.address} is connected already.", code="mailbox_exists")


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _account(mailbox: Mailbox) -> tuple[str, str]:
    """What decides whose UIDs are read."""
    return mailbox.imap_host.lower(), mailbox.imap_username


def _forget_position(mailbox: Mailbox) -> None:
    """Another account counts its own UIDs: its folders are read from their beginning.

    The old rows stay with the mails that were read through them, under another name. Mails that
    are known from before are recognised by their bytes.
    """
    for folder in mailbox.folders.all():
        folder.name = f"{folder.name[:180]} (until {timezone.now().isoformat()})"
        folder.save(update_fields=["name"])


def _locked(mailbox_id: uuid.UUID) -> Mailbox:
    mailbox = Mailbox.objects.select_for_update().filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Missing("There is no such mailbox.")
    return mailbox


def _shown(mailbox: Mailbox) -> dict[str, Any]:
    shown = {field: getattr(mailbox, field) for field in _PLAIN_FIELDS}
    if mailbox.import_since is not None:
        shown["import_since"] = mailbox.import_since.isoformat()
    return shown
