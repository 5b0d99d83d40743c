"""Contacts: list, page, changes."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.base import DeskView, actor_of, person, validated, version_of
from backend.api.serializers.contacts import (
    AddressInput,
    ContactInput,
    ContactPage,
    ContactQuery,
    ContactSerializer,
)
from backend.api.views.tickets import IF_MATCH
from backend.contacts import deliverability, selectors, services
from backend.tickets.selectors import of_contacts
from backend.users.models import User
from backend.users.policy import Permission

_NO_TICKETS = {"ticket_count": 0, "last_ticket_at": None}


class ContactsView(DeskView):
    """The list of contacts."""

    needs = {"GET": Permission.CONTACT_READ, "POST": Permission.CONTACT_WRITE}

    @extend_schema(operation_id="contacts_list", parameters=[ContactQuery], responses=ContactPage)
    def get(self, request: Request) -> Response:
        """A page of contacts by name."""
        query = validated(ContactQuery, request.query_params)
        rows, following = selectors.page(
            search=query["search"], cursor=query.get("cursor"), limit=query["limit"]
        )
        return Response({"results": _with_tickets(person(request), rows), "next": following})

    @extend_schema(request=ContactInput, responses={201: ContactSerializer})
    def post(self, request: Request) -> Response:
        """Add a contact."""
        values = validated(ContactInput, request.data)
        contact = services.create_contact(
            actor=actor_of(request),
            name=values.pop("name"),
            addresses=values.pop("addresses"),
            values=values,
        )
        return Response(_one(person(request), contact.id), status=201)


class ContactView(DeskView):
    """One contact."""

    needs = {
        "GET": Permission.CONTACT_READ,
        "PATCH": Permission.CONTACT_WRITE,
        "DELETE": Permission.CONTACT_WRITE,
    }

    @extend_schema(responses=ContactSerializer)
    def get(self, request: Request, contact_id: uuid.UUID) -> Response:
        """The contact and how many tickets there are."""
        return Response(_one(person(request), contact_id))

    @extend_schema(parameters=[IF_MATCH], request=ContactInput, responses=ContactSerializer)
    def patch(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Change fields; 412 when `If-Match` names an older version."""
        services.change_contact(
            actor=actor_of(request),
            contact_id=contact_id,
            changes=validated(ContactInput, request.data, partial=True),
            version=version_of(request),
        )
        return Response(_one(person(request), contact_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Remove a contact without tickets."""
        services.delete_contact(actor=actor_of(request), contact_id=contact_id)
        return Response(status=204)


class ResumeAddressView(DeskView):
    """An address that mail was not sent to any more."""

    needs = {"POST": Permission.CONTACT_WRITE}

    @extend_schema(request=AddressInput, responses=ContactSerializer)
    def post(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Write to it again."""
        deliverability.resume_address(
            actor=actor_of(request),
            contact_id=contact_id,
            address=validated(AddressInput, request.data)["address"],
        )
        return Response(_one(person(request), contact_id))


def _with_tickets(user: User, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tickets = of_contacts(user, [row["id"] for row in rows])
    return [row | tickets.get(row["id"], _NO_TICKETS) for row in rows]


def _one(user: User, contact_id: uuid.UUID) -> dict[str, Any]:
    return _with_tickets(user, [selectors.get(contact_id)])[0]
