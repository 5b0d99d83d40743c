"""Changes to mailboxes: each one transaction with its log entry and live event."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.core.errors import Conflict, FieldError, Invalid, Missing, Stale
from backend.core.locks import lock_names
from backend.events.services import publish
from backend.mailboxes import accounts, checking, folders, sending_limits
from backend.mailboxes.models import UNDERSTANDING_FIELDS, Mailbox, MailboxFolder, OAuthGrant
from backend.mailboxes.oauth import consent, grants

_PLAIN_FIELDS = (
    "name",
    "address",
    "sign_in",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_username",
    "imap_folder",
    "further_folders",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_username",
    "after_reading",
    "move_to",
    "sent_copy",
    "sent_folder",
    "undo_seconds",
    "largest_sent_bytes",
    "messages_per_minute",
    "recipients_per_day",
    "smtp_connections",
    "signature",
    "state",
    "import_since",
    "aliases",
    *UNDERSTANDING_FIELDS,
)
_TIMES = ("import_since", "silent_before")
_PASSWORDS = ("imap_password", "smtp_password")
# "From now" forgives a mail server's clock and mail that arrives during the set-up.
_NOW_SLACK = timedelta(minutes=5)


@transaction.atomic
def create_mailbox(
    *, actor: Actor, values: dict[str, Any], team_id: uuid.UUID | None = None, is_demo: bool = False
) -> Mailbox:
    """Add a mailbox. `values` are the fields of the form; `imap_password` and `smtp_password` are
    sealed, `oauth_request` names a finished sign-in of the actor's.

    `import` {"mode": "now", "since" or "all", "since": date} says what is read: with a date, or
    everything, mail from before this moment enters closed and silent (I20). Without it and without
    `import_since` reading starts now; `import_since` null reads everything as new.

    Raises Invalid with the wrong fields, or Conflict when the address is taken.
    """
    mailbox = Mailbox(team_id=team_id, is_demo=is_demo)
    mailbox.import_since = timezone.now() - _NOW_SLACK
    _apply(mailbox, values)
    _choose_import(mailbox, values)
    _refuse_connected(mailbox)
    mailbox.save(force_insert=True)
    _sign_in(mailbox, values, actor)
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
    Conflict when the address is taken or when what is imported was decided long ago."""
    if values.get("oauth_request") or "sign_in" in values:
        grants.lock(mailbox_id)
    mailbox = _locked(mailbox_id)
    if version is not None and version != mailbox.version:
        raise Stale("Somebody changed this mailbox meanwhile: read it again.")
    before, account = _shown(mailbox), _account(mailbox)
    _apply(mailbox, values)
    _refuse_connected(mailbox)
    if _account(mailbox) != account:
        _forget_position(mailbox)
    _refuse_late_import(mailbox, before, values)
    _choose_import(mailbox, values)
    if "state" not in values and mailbox.state == Mailbox.State.ERROR:
        mailbox.state = Mailbox.State.ACTIVE  # new settings deserve a new try at once
    _sign_in(mailbox, values, actor)
    mailbox.failures = 0
    mailbox.version += 1
    mailbox.save()
    sending_limits.forget_waits(mailbox.id)  # another server, or the same one put right
    after = _shown(mailbox)
    changed = {field for field in after if after[field] != before[field]}
    secrets = {field: "changed" for field in (*_PASSWORDS, "oauth_request") if values.get(field)}
    record(
        actor=actor,
        action="mailbox.change",
        object_type="mailbox",
        object_id=mailbox.id,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed} | secrets,
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
    if not mailbox.imap_username.strip():
        mailbox.imap_username = mailbox.address.strip().lower()
    if mailbox.sign_in != Mailbox.SignIn.PASSWORD and not mailbox.smtp_username.strip():
        mailbox.smtp_username = mailbox.imap_username
    checking.clean(mailbox)
    for column in _PASSWORDS:
        if values.get(column):
            accounts.set_password(mailbox, column, values[column])


def _sign_in(mailbox: Mailbox, values: dict[str, Any], actor: Actor) -> None:
    """Give a saved mailbox what it signs in with; what it does so no longer is forgotten."""
    request_id = values.get("oauth_request")
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        if request_id:
            error = FieldError("Choose the provider that was signed in at.", "invalid")
            raise _wrong("sign_in", error)
        if "sign_in" in values:
            grants.disconnect(mailbox)
        return
    if request_id:
        tokens = consent.take(
            user_id=actor.user_id, request_id=request_id, provider=mailbox.sign_in
        )
        grants.connect(mailbox, tokens, user_id=actor.user_id)
        mailbox.imap_password_sealed = mailbox.smtp_password_sealed = ""
        mailbox.save()
    elif not OAuthGrant.objects.filter(mailbox=mailbox, provider=mailbox.sign_in).exists():
        raise _wrong("oauth_request", FieldError("Sign in with the provider first.", "required"))


def _wrong(field: str, error: FieldError) -> Invalid:
    return Invalid(f"Some settings are wrong: {field}", fields={field: [error]})


def _choose_import(mailbox: Mailbox, values: dict[str, Any]) -> None:
    """What is read of what lies there already, and that it is history (A6, I20)."""
    choice = values.get("import")
    if not choice:
        return
    now = timezone.now()
    mailbox.silent_before = now
    if choice["mode"] == "now":
        mailbox.import_since = now - _NOW_SLACK
        mailbox.silent_before = None
    elif choice["mode"] == "all":
        mailbox.import_since = None
    else:
        if choice.get("since") is None:
            raise _wrong("import.since", FieldError("Choose a date.", "required"))
        zone = ZoneInfo(mailbox.time_zone or settings.TIME_ZONE)
        mailbox.import_since = datetime.combine(choice["since"], time(), tzinfo=zone)


def _refuse_late_import(mailbox: Mailbox, before: dict[str, Any], values: dict[str, Any]) -> None:
    """Raise Conflict when another import is asked for although the folder has been read."""
    other = _shown(mailbox)["import_since"] != before["import_since"]
    asked = bool(values.get("import")) or other
    if asked and mailbox.folders.filter(name=mailbox.imap_folder, uidvalidity__gt=0).exists():
        raise Conflict(
            "What is imported was decided when this mailbox was first read.",
            code="import_decided",
        )


def _refuse_connected(mailbox: Mailbox) -> None:
    """Raise Conflict when another mailbox has the address; nobody else can take it meanwhile."""
    lock_names([f"mailbox:{mailbox.address}"])
    others = Mailbox.objects.exclude(pk=mailbox.pk)
    if others.filter(address__iexact=mailbox.address).exists():
        raise Conflict(f"{mailbox.address} is connected already.", code="mailbox_exists")


def _account(mailbox: Mailbox) -> tuple[str, str]:
    """What decides whose UIDs are read."""
    return mailbox.imap_host.lower(), mailbox.imap_username


def _forget_position(mailbox: Mailbox) -> None:
    """Another account counts its own UIDs: its folders are read from their beginning.

    The old rows stay with the mails that were read through them, under another name. Mails that
    are known from before are recognised by their bytes.
    """
    for folder in mailbox.folders.all():
        folders.put_away(folder)


def _locked(mailbox_id: uuid.UUID) -> Mailbox:
    mailbox = Mailbox.objects.select_for_update().filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Missing("There is no such mailbox.")
    return mailbox


def _shown(mailbox: Mailbox) -> dict[str, Any]:
    shown = {field: getattr(mailbox, field) for field in _PLAIN_FIELDS}
    for field in _TIMES:
        moment = getattr(mailbox, field)
        shown[field] = None if moment is None else moment.isoformat()
    return shown
