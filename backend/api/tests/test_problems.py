"""Every wrong request gets problem details (RFC 9457) that say what to do; none gets a 500."""

from __future__ import annotations

import json
import uuid
from typing import Any

import jwt
import pytest
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from backend.api.tests.clients import API, Client, client, client_of
from backend.core.keys import derived_key
from backend.core.paging import encode_cursor
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Ticket
from backend.users import sessions
from backend.users.models import Session, User
from tests.desk import PASSWORD, TESTS, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
FORM = {"name": "Rui", "addresses": ["rui@new.test"]}


@pytest.fixture
def ticket() -> Ticket:
    return ticket_from(mailbox(), letter())


@pytest.fixture
def desk() -> Client:
    """An administrator's client."""
    return client("admin")


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The checked problem of an answer."""
    found: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, found.get("code")) == (status, code), found
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(found) - {"errors", "error_codes"} == {"type", "title", "status", "detail", "code"}
    codes = found.get("error_codes", {})
    for field, messages in found.get("errors", {}).items():
        assert len(codes[field]) == len(messages), found
    assert codes.keys() == found.get("errors", {}).keys()
    assert found["status"] == status
    assert found["detail"]
    return found


def test_an_unknown_id_is_not_found(desk: Client):
    for path in ("tickets", "contacts", "mailboxes", "attachments"):
        problem(desk.get(f"{API}/{path}/{uuid.uuid4()}/"), 404, "not_found")


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/nothing/", "/tickets/17/", "/tickets", "/tickets//", "/%00/"])
def test_an_unknown_address_is_not_found_whatever_the_method(desk: Client, method: str, path: str):
    problem(getattr(desk, method)(API + path), 404, "not_found")


def test_a_method_that_is_not_there_is_named(desk: Client):
    answer = desk.put(f"{API}/tickets/", {})
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"priority": "asap"}, "priority"),
        ({"status_category": "open,nonsense"}, "status_category"),
        ({"assignee": "nobody"}, "assignee"),
        ({"mailbox": "1"}, "mailbox"),
        ({"ordering": "imap_password"}, "ordering"),
        ({"deleted": "maybe"}, "deleted"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"serach": "x"}, "serach"),
        ({"search": "a\0b"}, "search"),
        ({"search": "x" * 501}, "search"),
        ({"status": ["open", "closed"]}, "status"),
        ({"status": ",".join("abcdefghijklmnopqrstuvwxyz")}, "status"),
    ],
    ids=range(15),
)
def test_a_wrong_filter_is_named(desk: Client, query: dict[str, Any], field: str):
    assert field in problem(desk.get(f"{API}/tickets/", query), 400, "invalid")["errors"]


@pytest.mark.parametrize("limit", ["1", "200"])
def test_the_limits_of_a_page_are_allowed(desk: Client, limit: str):
    assert desk.get(f"{API}/tickets/", {"limit": limit}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/tickets/", "/contacts/", "/ledger/inbound/", "/ledger/outbound/"]
)
@pytest.mark.parametrize(
    "cursor",
    ["x", "AAAA", "ção", "a\0b", encode_cursor("a\0b", str(uuid.uuid4())), encode_cursor("x\0")],
    ids=range(6),
)
def test_a_bad_cursor_says_to_start_again(desk: Client, path: str, cursor: str):
    answer = desk.get(API + path, {"cursor": cursor})
    found = problem(answer, 400, "invalid" if cursor == "a\0b" else "bad_cursor")
    assert "cursor" in found["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nmae": "x"} | FORM, "nmae"),
        ({"name": "x"}, "addresses"),
        ({"name": "a\0b", "addresses": ["a@b.test"]}, "name"),
        ({"name": "x", "addresses": ["nonsense"]}, "addresses"),
        ({"name": "x", "addresses": [{"address": "a@b.test"}]}, "addresses.0"),
        ({"name": "x", "addresses": "a@b.test"}, "addresses"),
        ({"name": "x", "addresses": []}, "addresses"),
        ({"name": None, "addresses": ["a@b.test"]}, "name"),
        ({"name": ["x"], "addresses": ["a@b.test"]}, "name"),
        ({"name": True, "addresses": ["a@b.test"]}, "name"),
        ({"name": "x" * 201, "addresses": ["a@b.test"]}, "name"),
    ],
    ids=range(11),
)
def test_a_wrong_field_of_a_body_is_named(desk: Client, body: dict[str, Any], field: str):
    answer = desk.post(f"{API}/contacts/", body)
    found: dict[str, Any] = json.loads(answer.content)
    assert answer.status_code == 400, found
    assert field in found["errors"]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"nmae": "x"}, {"nmae": ["unknown_field"]}),
        ({"name": "x"}, {"addresses": ["required"]}),
        (FORM | {"name": None}, {"name": ["null"]}),
        (FORM | {"name": "x" * 201}, {"name": ["max_length"]}),
        (FORM | {"name": "a\0b"}, {"name": ["null_characters_not_allowed"]}),
        (FORM | {"addresses": [{}, "a@b.test"]}, {"addresses.0": ["invalid"]}),
        (FORM | {"addresses": "a@b.test"}, {"addresses": ["not_a_list"]}),
        (FORM | {"addresses": ["nonsense"]}, {"addresses": ["bad_address"]}),
        (FORM | {"addresses": []}, {"addresses": ["no_address"]}),
    ],
    ids=range(9),
)
def test_what_is_wrong_with_a_field_has_a_code(
    desk: Client, body: dict[str, Any], codes: dict[str, list[str]]
):
    answer = desk.post(f"{API}/contacts/", body)
    assert json.loads(answer.content)["error_codes"] == codes


def test_a_weak_password_has_a_code_for_each_weakness():
    form = {"name": "Rui", "email": "rui@desk.test", "password": "123456", "language": "en"}
    found = problem(Client().post(f"{API}/setup/", form), 400, "weak_password")
    assert found["error_codes"] == {
        "password": ["password_too_short", "password_too_common", "password_entirely_numeric"]
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b"17",
        b'"text"',
        b"\xff\xfe",
        b'{"name": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b'{"name": "\\ud800"}',
        b'\xef\xbb\xbf{"name": "x"}',
    ],
    ids=range(13),
)
@pytest.mark.parametrize("path", ["/contacts/", "/auth/login/", "/mailboxes/"])
def test_a_body_that_is_no_json_object_is_refused(desk: Client, path: str, body: bytes):
    answer = desk.post(API + path, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_type_is_refused(desk: Client, content_type: str):
    answer = desk.post(f"{API}/contacts/", b"name=x", content_type=content_type)
    problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/JSON", "application/json; charset=utf-8", "application/json;charset=hex",
     "application/json; charset=rot13", "application/json; charset=nonsense"],
)  # fmt: skip
def test_json_is_utf_8_whatever_the_charset_says(desk: Client, content_type: str):
    body = json.dumps(FORM | {"name": "Conceição"}, ensure_ascii=False).encode()
    answer = desk.post(f"{API}/contacts/", body, content_type=content_type)
    assert answer.status_code == 201, answer.content
    assert answer.json()["name"] == "Conceição"


def test_a_body_that_is_too_large_is_refused(desk: Client, settings: Settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(desk.post(f"{API}/contacts/", FORM | {"notes": "x" * 1000}), 413, "too_large")


@pytest.mark.parametrize("version", ["x", '"x"', "-1", '"1", "2"', "9" * 30, "\u0663"])
def test_a_version_that_is_none_is_refused(desk: Client, ticket: Ticket, version: str):
    answer = desk.patch(
        f"{API}/tickets/{ticket.id}/", {"priority": "high"}, headers={"If-Match": version}
    )
    assert "If-Match" in problem(answer, 400, "invalid")["errors"]


def test_an_old_version_is_stale(desk: Client, ticket: Ticket):
    path = f"{API}/tickets/{ticket.id}/"
    tag = desk.get(path).headers["ETag"]
    assert desk.patch(path, {"priority": "high"}, headers={"If-Match": tag}).status_code == 200
    answer = desk.patch(path, {"priority": "low"}, headers={"If-Match": tag})
    problem(answer, 412, "stale")


@pytest.mark.parametrize("key", ["", "x", "1", "9" * 100])
def test_an_idempotency_key_that_is_no_uuid_is_refused(desk: Client, ticket: Ticket, key: str):
    answer = desk.post(
        f"{API}/tickets/{ticket.id}/replies/", {"text": "x"}, headers={"Idempotency-Key": key}
    )
    assert "Idempotency-Key" in problem(answer, 400, "invalid")["errors"]


def test_an_empty_reply_and_a_deleted_ticket_have_codes_of_their_own(desk: Client, ticket: Ticket):
    path = f"{API}/tickets/{ticket.id}"
    problem(desk.post(f"{path}/replies/", {"text": " "}), 400, "empty_reply")
    desk.delete(f"{path}/")
    problem(desk.post(f"{path}/replies/", {"text": "x"}), 409, "ticket_deleted")


def test_nobody_signed_in_is_told_to_sign_in():
    answer = Client().get(f"{API}/tickets/")
    problem(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def signed(claims: dict[str, Any], *, key: bytes | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key or derived_key("access"), algorithm=algorithm)


def claims_of(session: Session) -> dict[str, Any]:
    token = sessions.access_token(session.user, session)
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.fixture
def session() -> Session:
    return sessions.open_session(user=person(), user_agent="", ip=None, actor=TESTS).session


def me(token: str) -> HttpResponse:
    answer: HttpResponse = Client().get(f"{API}/me/", headers={"Authorization": f"Bearer {token}"})
    return answer


def test_a_good_token_is_accepted(session: Session):
    assert me(signed(claims_of(session))).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": None},
        {"sid": None},
        {"sid": "nonsense"},
        {"sid": "0f5c1c5e-5d1c-4b1e-9f0e-2f6d1a3b7c90"},
        {"sid": 17},
        {"sub": None},
        {"sub": 17},
        {"aud": "other"},
        {"iss": "other"},
        {"nbf": 9_999_999_999},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(session: Session, change: dict[str, Any]):
    claims = {k: v for k, v in (claims_of(session) | change).items() if v is not None}
    problem(me(signed(claims)), 401, "not_authenticated")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_forged_token_is_refused(session: Session):
    claims = claims_of(session)
    unsigned = jwt.encode(claims, "", algorithm="none")
    for token in (
        unsigned,
        signed(claims, key=b"another key of at least 32 bytes.."),
        signed(claims, algorithm="HS512"),
        signed(claims)[:-2] + "xx",
        "nonsense",
        "a.b.c",
        "é",
        "desk_nonsense",
        "x" * 10_000,
    ):
        problem(me(token), 401, "not_authenticated")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer  ", "Basic eDp4"])
def test_a_broken_authorization_header_is_refused(header: str):
    answer = Client().get(f"{API}/me/", headers={"Authorization": header})
    problem(answer, 401, "not_authenticated")


def test_a_wrong_password_and_an_unknown_address_read_the_same():
    user = person()
    answers = [
        problem(
            Client().post(f"{API}/auth/login/", {"email": email, "password": password}),
            401,
            "wrong_credentials",
        )
        for email, password in ((user.email, "wrong"), ("nobody@desk.test", PASSWORD))
    ]
    assert answers[0] == answers[1]


def test_refreshing_without_a_cookie_is_refused():
    problem(Client().post(f"{API}/auth/refresh/"), 401, "not_authenticated")


def test_too_many_logins_have_to_wait():
    form = {"email": "x@desk.test", "password": "wrong"}
    for _ in range(10):
        Client().post(f"{API}/auth/login/", form)
    answer = Client().post(f"{API}/auth/login/", form)
    problem(answer, 429, "throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_header_of_the_clients_own_does_not_get_around_the_limit():
    form = {"email": "x@desk.test", "password": "wrong"}
    statuses = [
        Client()
        .post(f"{API}/auth/login/", form, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        .status_code
        for number in range(11)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize(("method", "role"), [("get", "light"), ("head", "light")])
def test_head_asks_for_the_same_permission_as_get(method: str, role: str):
    assert getattr(client(role), method)(f"{API}/ledger/inbound/").status_code == 403


def test_a_permission_that_is_missing_is_named():
    found = problem(client("light").get(f"{API}/mailboxes/"), 403, "forbidden")
    assert "mailbox.read" in found["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "text/event-stream", "x"])
def test_the_answer_is_json_whatever_the_client_accepts(desk: Client, accept: str):
    answer = desk.get(f"{API}/tickets/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    problem(desk.get(f"{API}/nothing/", headers={"Accept": accept}), 404, "not_found")


def test_a_host_that_is_not_ours_is_refused(desk: Client):
    problem(desk.get(f"{API}/tickets/", headers={"Host": "evil.test"}), 400, "bad_request")


@pytest.mark.parametrize(
    "host", ["a..b", "x" * 64 + ".test", "-", "imap.example.com/", "imap example", "é" * 300, ""]
)
def test_a_server_name_that_can_not_exist_is_named_or_a_failed_step(desk: Client, host: str):
    form = {
        "address": "x@desk.test",
        "imap_host": host,
        "imap_port": 993,
        "imap_username": "x",
        "imap_password": "x",
        "smtp_host": host,
        "smtp_port": 465,
    }
    answer = desk.post(f"{API}/mailboxes/test/", form)
    assert answer.status_code in {200, 400}, answer.content
    if answer.status_code == 200:
        assert not answer.json()["ok"]


@pytest.mark.parametrize(
    "address",
    ["a b@desk.test", "x@[127.0.0.1]", "x@::1", "<x@desk.test>", "a@b@desk.test", "@desk.test",
     "x@", "x,y@desk.test", '"x"@desk.test', "x@desk.test\r\nBcc: y@z.test", "x@-desk.test"],
)  # fmt: skip
def test_a_mailbox_whose_address_could_not_send_is_refused(desk: Client, address: str):
    form = {
        "address": address,
        "imap_host": "127.0.0.1",
        "imap_port": 1,
        "imap_security": "none",
        "imap_username": "x",
        "smtp_host": "127.0.0.1",
        "smtp_port": 1,
        "smtp_security": "none",
    }
    assert "address" in problem(desk.post(f"{API}/mailboxes/", form), 400, "invalid")["errors"]
    assert not Mailbox.objects.exists()


def test_a_person_deactivated_meanwhile_is_signed_out():
    user = person()
    desk = client_of(user)
    assert desk.get(f"{API}/me/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    problem(desk.get(f"{API}/me/"), 401, "not_authenticated")
