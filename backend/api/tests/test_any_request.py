"""Whatever is sent to an operation, fitting the document or not, the answer is a documented one."""

from __future__ import annotations

from typing import Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation

from backend.api.tests.clients import client_of
from backend.api.tests.contract import document
from backend.tickets.models import Message
from tests.desk import mailbox, person, ticket_from
from tests.mails import letter, with_file

pytestmark = pytest.mark.django_db
# The stream never ends, and a mailbox test speaks to whatever host was drawn.
SCHEMA = schemathesis.openapi.from_dict(document()).exclude(path_regex=r"/events/|/test/")
OPERATIONS = [cast("Any", found).ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture
def known_ids() -> dict[str, str]:
    """Ids that exist, by the name the paths give them."""
    ticket = ticket_from(mailbox(), with_file(letter(), "nota.eml", letter()))
    message = Message.objects.get(ticket=ticket)
    return {
        "message_id": str(message.id),
        "attachment_id": str(message.attachments.get().id),
        "ticket_id": str(ticket.id),
        "contact_id": str(ticket.contact_id),
        "mailbox_id": str(ticket.mailbox_id),
        "inbound_id": str(ticket.inbound.get().id),
    }


# Named by hand: tests of one name are one test to pytest's second process.
@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.label for one in OPERATIONS])
@given(data=st.data())
@settings(
    max_examples=16,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_an_operation(
    operation: APIOperation[Any, Any, Any, Any], data: st.DataObject, known_ids: dict[str, str]
):
    mode = data.draw(st.sampled_from(GenerationMode))  # what the document allows, what it forbids
    case: Case[Any] = data.draw(operation.as_strategy(generation_mode=mode))
    case.path_parameters = {
        name: known_ids.get(name, drawn) for name, drawn in (case.path_parameters or {}).items()
    }
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    answer = client_of(person("admin")).generic(
        case.method,
        sent.path_url,
        data=cast("str", sent.body or b""),  # bytes are fine too, the stubs know it not
        content_type=str(sent.headers.get("Content-Type", "")),
    )
    assert answer.status_code < 500
