"""The demo room on the desk's side: its mailbox and sample tickets, and taking them out again.

Whether the room was filled or taken out is read from the audit log, which nobody can change:
samples that were removed never come back by themselves.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.audit.models import Log
from backend.audit.services import Actor, record
from backend.core.errors import Invalid, Missing
from backend.core.keys import UnreadableSecret
from backend.core.locks import lock_names
from backend.demo import removal, samples
from backend.demo.removal import Removed
from backend.events.services import publish
from backend.mailboxes.accounts import imap_settings, smtp_settings
from backend.mailboxes.models import Mailbox
from backend.mailboxes.services import change_mailbox, create_mailbox

DOMAIN = "demo.local"
ADDRESS = f"suporte@{DOMAIN}"
HOST = "127.0.0.1"
_NAME = "Suporte (demonstração)"
_UNDO_SECONDS = 5  # whoever looks around for the first time waits for the answer to arrive
_ROOM: dict[str, Any] = {"object_type": "demo_room", "object_id": DOMAIN}
_FILLED, _TAKEN_OUT = "demo.fill", "demo.remove"


def open_room(*, actor: Actor) -> Mailbox | None:
    """Connect the demo mailbox to this run's servers and, once ever, add the sample tickets.

    Changes nothing when everything is in place. None: a person took the room out, and it stays
    out. Raises Invalid when the room's servers do not run, Conflict when a real mailbox has the
    demo address.
    """
    _refuse_without_servers()
    with transaction.atomic():
        return _open(actor)


def _open(actor: Actor) -> Mailbox | None:
    lock_names(["demo room"])
    last = _last_action()
    if last == _TAKEN_OUT:
        return None
    mailbox = Mailbox.objects.filter(address=ADDRESS, is_demo=True).first()
    if mailbox is None:
        mailbox = create_mailbox(actor=actor, values=_values(), is_demo=True)
    elif changed := _changed(mailbox):
        mailbox = change_mailbox(actor=actor, mailbox_id=mailbox.id, values=changed, version=None)
    if last is None:
        filled = samples.fill(mailbox, now=timezone.now())
        record(actor=actor, action=_FILLED, **_ROOM, after=asdict(filled))
    return mailbox


@transaction.atomic
def remove(*, actor: Actor) -> Removed:
    """Take out everything marked as demo and note it, so that no restart brings it back.

    Works without the room's servers, and again without harm. See `removal.take_out` for what
    stays.
    """
    lock_names(["demo room"])
    removed = removal.take_out(actor=actor)
    if any(asdict(removed).values()) or _last_action() != _TAKEN_OUT:
        record(actor=actor, action=_TAKEN_OUT, **_ROOM, after=asdict(removed))
        publish("ticket.updated")
        publish("contact.updated")
        publish("ledger.updated")
    return removed


def desk_address() -> str:
    """The address visitors write to; raises Missing when the room is closed or taken out."""
    if not settings.DESK_DEMO:
        raise Missing("The demo room is closed: start the desk with ./desk run.", code="demo_off")
    if not Mailbox.objects.filter(address=ADDRESS, is_demo=True).exists():
        raise Missing("The demo room was taken out of this desk.", code="demo_removed")
    return ADDRESS


def _last_action() -> str | None:
    return Log.objects.filter(**_ROOM).order_by("-id").values_list("action", flat=True).first()


def _refuse_without_servers() -> None:
    if not (
        settings.DESK_DEMO
        and settings.DESK_DEMO_IMAP_PORT
        and settings.DESK_DEMO_SMTP_PORT
        and settings.DESK_DEMO_PASSWORD
    ):
        raise Invalid(
            "The demo room's mail servers do not run here: start the desk with ./desk run.",
            code="demo_off",
        )


def _accounts() -> dict[str, Any]:
    """The fields that change from one run to the next."""
    return {
        "imap_host": HOST,
        "imap_port": settings.DESK_DEMO_IMAP_PORT,
        "imap_security": Mailbox.Security.NONE,
        "imap_password": settings.DESK_DEMO_PASSWORD,
        "smtp_host": HOST,
        "smtp_port": settings.DESK_DEMO_SMTP_PORT,
        "smtp_security": Mailbox.Security.NONE,
        "smtp_password": settings.DESK_DEMO_PASSWORD,
    }


def _values() -> dict[str, Any]:
    return _accounts() | {
        "name": _NAME,
        "address": ADDRESS,
        "imap_username": ADDRESS,
        "smtp_username": ADDRESS,
        "import_since": None,
        "undo_seconds": _UNDO_SECONDS,
    }


def _changed(mailbox: Mailbox) -> dict[str, Any]:
    """Those of `_accounts` that the mailbox does not have yet; all when its key is another."""
    wanted = _accounts()
    try:
        has = {
            f"{kind}_{field}": getattr(one, field)
            for kind, one in (("imap", imap_settings(mailbox)), ("smtp", smtp_settings(mailbox)))
            for field in ("host", "port", "security", "password")
        }
    except UnreadableSecret:
        return wanted
    return {field: value for field, value in wanted.items() if has[field] != value}
