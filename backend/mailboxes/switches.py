"""What a person switches on and off: reading, and everything that leaves."""

from __future__ import annotations

import uuid

from django.db import transaction

from backend.audit.services import Actor, record
from backend.core import doorbell
from backend.core.errors import Missing
from backend.events.services import publish
from backend.mailboxes import happenings
from backend.mailboxes.models import Mailbox


@transaction.atomic
def pause(*, actor: Actor, mailbox_id: uuid.UUID) -> None:
    """Neither read nor send until `resume`; nothing happens when that is so. Raises Missing."""
    mailbox = _locked(mailbox_id)
    if mailbox.state != Mailbox.State.PAUSED:
        mailbox.state = Mailbox.State.PAUSED
        _save(actor, mailbox, ["state"], "mailbox.pause", "paused")


@transaction.atomic
def resume(*, actor: Actor, mailbox_id: uuid.UUID) -> None:
    """Read and send again, at once; a mailbox in error is tried anew. Raises Missing."""
    mailbox = _locked(mailbox_id)
    if mailbox.state != Mailbox.State.ACTIVE:
        mailbox.state, mailbox.failures = Mailbox.State.ACTIVE, 0
        _save(actor, mailbox, ["state", "failures"], "mailbox.resume", "resumed")
        doorbell.ring_after_commit(doorbell.SEND)


@transaction.atomic
def stop_sending(*, actor: Actor, mailbox_id: uuid.UUID) -> None:
    """The kill switch: nothing leaves by this mailbox, everything waits. Raises Missing."""
    mailbox = _locked(mailbox_id)
    if not mailbox.sending_stopped:
        mailbox.sending_stopped = True
        _save(actor, mailbox, ["sending_stopped"], "mailbox.stop_sending", "sending_stopped")


@transaction.atomic
def resume_sending(*, actor: Actor, mailbox_id: uuid.UUID) -> None:
    """Let what waits leave. Raises Missing."""
    mailbox = _locked(mailbox_id)
    if mailbox.sending_stopped:
        mailbox.sending_stopped = False
        _save(actor, mailbox, ["sending_stopped"], "mailbox.resume_sending", "sending_resumed")
        doorbell.ring_after_commit(doorbell.SEND)


def _locked(mailbox_id: uuid.UUID) -> Mailbox:
    mailbox = Mailbox.objects.select_for_update().filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Missing("There is no such mailbox.")
    return mailbox


def _save(actor: Actor, mailbox: Mailbox, fields: list[str], action: str, kind: str) -> None:
    """A new version makes the monitor look at the mailbox anew."""
    mailbox.version += 1
    mailbox.save(update_fields=[*fields, "version"])
    record(
        actor=actor,
        action=action,
        object_type="mailbox",
        object_id=mailbox.id,
        after={name: getattr(mailbox, name) for name in fields},
    )
    happenings.note(mailbox.id, kind, by=actor.label)
    publish("mailbox.updated", mailbox_id=mailbox.id)
