"""Changes to contacts: each one transaction with its log entry and live event."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from backend.audit.services import Actor, record
from backend.contacts.models import Company, Contact, ContactAddress
from backend.core.errors import Conflict, FieldError, Invalid, Missing, Stale
from backend.core.folding import fold
from backend.core.locks import lock_names
from backend.core.text import at_most_bytes, one_line, storable
from backend.events.services import publish

# The list is sorted by this column: its index takes about 2,700 bytes a row.
_LONGEST_FOLDED = 2400
_ADDRESS = re.compile(
    r"[^\s@<>\",;:()\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>\",;:()\[\]\\\x00-\x1f\x7f]{1,255}"
)

_NAMES_ADDRESS = re.compile(r"\S@\S")


def normal_address(address: str) -> str:
    """An address as it is compared: lower case, no blanks around (MAIL.md T21: dots stay)."""
    return address.strip().lower()


def checked_address(address: str, *, field: str = "address") -> str:
    """`normal_address` of something that can be mailed to; raises Invalid for anything else."""
    normal = normal_address(address)
    if not _ADDRESS.fullmatch(normal) or ".." in normal:
        raise Invalid(
            f"{one_line(address, limit=80)!r} is not an e-mail address.",
            code="bad_address",
            fields={
                field: [
                    FieldError("Type one e-mail address, such as ana@example.com.", "bad_address")
                ]
            },
        )
    return normal


def address_lock(address: str) -> str:
    """The name to lock so that two transactions don't make two contacts of one address."""
    return f"address:{normal_address(address)}"


def find_or_create(*, actor: Actor, address: str, name: str) -> Contact:
    """The contact an address belongs to, made when nobody has it.

    Call it inside a transaction that holds `lock_names([address_lock(address)])`. A contact
    without a name takes the one given; a name somebody typed is never overwritten. A name that
    is written like an address is none: it could be somebody else's (CVE-2023-27043).
    """
    normal = normal_address(address)
    known = ContactAddress.objects.select_related("contact").filter(address=normal).first()
    if known is not None:
        if gains_name(known.contact, name):
            _rename(known.contact, _shown(name))
        return known.contact
    contact, own = made(actor=actor, address=normal, name=name)
    contact.save(force_insert=True)
    own.save(force_insert=True)
    return contact


def made(*, actor: Actor, address: str, name: str) -> tuple[Contact, ContactAddress]:
    """A new contact of an address that nobody has, logged but not yet inserted.

    Locks and names as with `find_or_create`. No live event: whatever made the contact tells
    about itself.
    """
    normal = normal_address(address)
    shown = _shown(name)
    contact = Contact(name=shown, folded=_searchable(shown, [normal]))
    record(
        actor=actor,
        action="contact.create",
        object_type="contact",
        object_id=contact.id,
        after={"name": shown, "addresses": [normal]},
    )
    return contact, ContactAddress(contact=contact, address=normal, is_primary=True)


def gains_name(contact: Contact, name: str) -> bool:
    """Whether `find_or_create` would give this name to the contact."""
    return not contact.name and bool(_shown(name))


def _shown(name: str) -> str:
    return "" if _NAMES_ADDRESS.search(name) else one_line(name, limit=200)


@transaction.atomic
def create_contact(
    *,
    actor: Actor,
    name: str,
    addresses: Sequence[str],
    values: dict[str, Any],
    is_demo: bool = False,
) -> Contact:
    """Add a contact. `values`: phone, notes, company_name. The first address is the primary one.

    Raises Invalid for a bad address, Conflict when an address belongs to another contact.
    """
    normal = _checked(addresses)
    _lock(normal, values)
    _refuse_taken(normal, but=None)
    contact = _create(
        actor=actor,
        name=one_line(name, limit=200),
        addresses=normal,
        values=values,
        is_demo=is_demo,
    )
    publish("contact.updated", contact_id=contact.id)
    return contact


@transaction.atomic
def change_contact(
    *, actor: Actor, contact_id: uuid.UUID, changes: dict[str, Any], version: int | None
) -> Contact:
    """Change name, phone, notes, company_name or addresses; raises Missing, Stale, Invalid,
    Conflict."""
    addresses = _checked(changes["addresses"]) if "addresses" in changes else None
    # Names before rows, as reading mail does: the other way round, the two wait for each other.
    _lock(addresses or [], changes)
    contact = locked(contact_id)
    if version is not None and version != contact.version:
        raise Stale("Somebody changed this contact meanwhile: read it again.")
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, limit in (("name", 200), ("phone", 40)):
        if field in changes:
            before[field], after[field] = (
                getattr(contact, field),
                one_line(changes[field], limit=limit),
            )
            setattr(contact, field, after[field])
    if "notes" in changes:
        contact.notes = storable(changes["notes"])
        after["notes"] = True
    if "company_name" in changes:
        before["company"] = contact.company.name if contact.company else None
        contact.company = _company(changes["company_name"])
        after["company"] = contact.company.name if contact.company else None
    if addresses is not None:
        before["addresses"] = list(contact.addresses.values_list("address", flat=True))
        after["addresses"] = addresses
        _replace_addresses(contact, addresses)
    contact.folded = _folded(contact)
    contact.version += 1
    contact.updated_at = Now()
    contact.save()
    record(
        actor=actor,
        action="contact.change",
        object_type="contact",
        object_id=contact.id,
        before=before,
        after=after,
    )
    publish("contact.updated", contact_id=contact.id)
    return contact


@transaction.atomic
def delete_contact(*, actor: Actor, contact_id: uuid.UUID) -> None:
    """Remove a contact that has no ticket; raises Missing, or Conflict while tickets exist."""
    contact = locked(contact_id)
    tickets = contact.tickets.count()
    if tickets:
        raise Conflict(
            f"This contact has {tickets} tickets and is kept with them.", code="contact_has_tickets"
        )
    before = {
        "name": contact.name,
        "addresses": list(contact.addresses.values_list("address", flat=True)),
    }
    contact.delete()
    record(
        actor=actor,
        action="contact.delete",
        object_type="contact",
        object_id=contact_id,
        before=before,
    )
    publish("contact.updated", contact_id=contact_id)


def _create(
    *,
    actor: Actor,
    name: str,
    addresses: Sequence[str],
    values: dict[str, Any],
    is_demo: bool = False,
) -> Contact:
    contact = Contact(
        name=name,
        phone=one_line(values.get("phone", ""), limit=40),
        notes=storable(values.get("notes", "")),
        company=_company(values.get("company_name")),
        folded=_searchable(name, addresses),
        is_demo=is_demo,
    )
    contact.save(force_insert=True)
    ContactAddress.objects.bulk_create(
        ContactAddress(contact=contact, address=address, is_primary=index == 0)
        for index, address in enumerate(addresses)
    )
    record(
        actor=actor,
        action="contact.create",
        object_type="contact",
        object_id=contact.id,
        after={"name": name, "addresses": list(addresses)},
    )
    return contact


def _rename(contact: Contact, name: str) -> None:
    contact.name = name
    contact.folded = _folded(contact)
    contact.save(update_fields=["name", "folded"])


def locked(contact_id: uuid.UUID) -> Contact:
    """The contact, locked until the transaction ends; raises Missing."""
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise Missing("There is no such contact.")
    return contact


def _lock(addresses: Iterable[str], values: dict[str, Any]) -> None:
    """Keep others from giving these addresses or a new company's name to another row meanwhile."""
    names = [address_lock(address) for address in addresses]
    company = _company_name(values.get("company_name"))
    lock_names([*names, f"company:{company.lower()}"] if company else names)


def _checked(addresses: Sequence[str]) -> list[str]:
    normal = list(dict.fromkeys(checked_address(a, field="addresses") for a in addresses))
    if not normal:
        raise Invalid(
            "A contact needs an address.",
            fields={"addresses": [FieldError("Type an address.", "no_address")]},
        )
    return normal


def _refuse_taken(addresses: Sequence[str], *, but: Contact | None) -> None:
    taken = ContactAddress.objects.filter(address__in=addresses)
    if but is not None:
        taken = taken.exclude(contact=but)
    address = taken.values_list("address", flat=True).first()
    if address is not None:
        raise Conflict(f"{address} belongs to another contact.", code="address_taken")


def _replace_addresses(contact: Contact, addresses: Sequence[str]) -> None:
    _refuse_taken(addresses, but=contact)
    contact.addresses.exclude(address__in=addresses).delete()
    contact.addresses.update(is_primary=False)
    for index, address in enumerate(addresses):
        ContactAddress.objects.update_or_create(
            contact=contact, address=address, defaults={"is_primary": index == 0}
        )


def _folded(contact: Contact) -> str:
    return _searchable(contact.name, contact.addresses.values_list("address", flat=True))


def _searchable(name: str, addresses: Iterable[str]) -> str:
    return at_most_bytes(fold(" ".join([name, *addresses])), _LONGEST_FOLDED)


def _company(name: str | None) -> Company | None:
    shown = _company_name(name)
    if not shown:
        return None
    existing = Company.objects.filter(name__iexact=shown).first()
    return existing or Company.objects.create(name=shown)


def _company_name(name: str | None) -> str:
    return one_line(name or "", limit=160)
