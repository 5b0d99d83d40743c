"""Whether mail to an address arrives: refusals, complaints, and signs of life (MAIL.md B8, B9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.contacts.models import ContactAddress
from backend.contacts.services import address_lock, locked, normal_address
from backend.core.errors import Missing
from backend.core.locks import lock_names
from backend.events.services import publish

COMPLAINT = "complaint: "  # how the reason of a suspension by a complaint begins
_MOST_COUNTED = 30_000


def wrote(*, actor: Actor, address: str) -> None:
    """Somebody wrote from the address: it lives, whatever was refused before (MAIL.md B8).

    A complaint is a wish, not a fault: it stays until a person lifts it.
    """
    known = (
        ContactAddress.objects.select_for_update()
        .filter(address=normal_address(address), bounces__gt=0)
        .first()
    )
    if known is None:
        return
    was_suspended = known.state == ContactAddress.State.SUSPENDED
    known.bounces = 0
    if was_suspended and not known.state_reason.startswith(COMPLAINT):
        known.state, known.state_reason = ContactAddress.State.OK, ""
        _note_address(known, "contact.address_resumed", actor=actor)
    known.save(update_fields=["bounces", "state", "state_reason"])


def refused(*, actor: Actor, address: str, status: str, words: str) -> bool:
    """A server finally refused a mail to the address; True when that suspends it (MAIL.md B8).

    5.1.1 says that there is nobody; any other refusal must come twice.
    """
    known = _address(address)
    if known is None:
        return False
    known.bounces = min(known.bounces + 1, _MOST_COUNTED)
    known.last_bounce_at = timezone.now()
    suspend = known.state == ContactAddress.State.OK and (status == "5.1.1" or known.bounces >= 2)
    if suspend:
        known.state, known.state_reason = ContactAddress.State.SUSPENDED, words[:300]
        _note_address(known, "contact.address_suspended", actor=actor)
    known.save(update_fields=["bounces", "last_bounce_at", "state", "state_reason"])
    return suspend


def complained(*, actor: Actor, address: str, words: str) -> bool:
    """Somebody at the address called our mail spam; True when that suspends it (MAIL.md B9)."""
    known = _address(address)
    if known is None or known.state_reason.startswith(COMPLAINT):
        return False
    known.state, known.state_reason = ContactAddress.State.SUSPENDED, f"{COMPLAINT}{words}"[:300]
    known.save(update_fields=["state", "state_reason"])
    _note_address(known, "contact.address_suspended", actor=actor)
    return True


def suspended(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses, as `normal_address` has them, that no automatic mail may go to."""
    return set(
        ContactAddress.objects.filter(
            address__in={normal_address(one) for one in addresses},
            state=ContactAddress.State.SUSPENDED,
        ).values_list("address", flat=True)
    )


@transaction.atomic
def resume_address(*, actor: Actor, contact_id: uuid.UUID, address: str) -> None:
    """A person says that the address may be written to again; raises Missing."""
    # Names before rows, as reading mail does: the other way round, the two wait for each other.
    lock_names([address_lock(address)])
    contact = locked(contact_id)
    known = contact.addresses.filter(address=normal_address(address)).first()
    if known is None:
        raise Missing("This contact has no such address.")
    if known.state == ContactAddress.State.OK:
        return
    known.state, known.state_reason, known.bounces = ContactAddress.State.OK, "", 0
    known.save(update_fields=["state", "state_reason", "bounces"])
    contact.version += 1
    contact.save(update_fields=["version"])
    _note_address(known, "contact.address_resumed", actor=actor)


def _address(address: str) -> ContactAddress | None:
    addresses = ContactAddress.objects.select_for_update()
    return addresses.filter(address=normal_address(address)).first()


def _note_address(known: ContactAddress, action: str, *, actor: Actor) -> None:
    record(
        actor=actor,
        action=action,
        object_type="contact",
        object_id=known.contact_id,
        after={"address": known.address, "reason": known.state_reason},
    )
    publish("contact.updated", contact_id=known.contact_id)
