from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.token import (
    make_agent_address,
    make_message_id,
    make_reply_address,
    read_agent_address,
    read_message_id,
    read_reply_address,
    without_tag,
)

KEY = b"0123456789abcdef0123456789abcdef"
ID = UUID("0b9fbabf-78e0-4be0-b1b8-9f700f65909b")


@given(st.uuids(), st.binary(min_size=16, max_size=64))
def test_an_id_we_made_names_its_message(message_uuid: UUID, key: bytes):
    assert read_message_id(make_message_id(message_uuid, "desk.test", key), key) == message_uuid


@given(st.uuids(), st.integers(0, 23), st.sampled_from("0123456789abcdef"))
def test_t2_a_changed_mac_names_nothing(message_uuid: UUID, place: int, digit: str):
    made = make_message_id(message_uuid, "desk.test", KEY)
    start = made.index("@") - 24 + place
    forged = made[:start] + digit + made[start + 1 :]
    assert read_message_id(forged, KEY) == (message_uuid if forged == made else None)


@given(st.uuids(), st.uuids())
def test_t2_a_mac_cannot_be_moved_to_another_message(one: UUID, other: UUID):
    made = make_message_id(one, "desk.test", KEY)
    moved = made.replace(one.hex, other.hex)
    assert read_message_id(moved, KEY) == (one if one == other else None)


def test_t2_another_key_reads_nothing():
    assert read_message_id(make_message_id(ID, "desk.test", KEY), b"x" * 32) is None


def test_the_mac_has_at_least_80_bits():
    mac = make_message_id(ID, "desk.test", KEY).split("@")[0].split(".")[2]
    assert len(bytes.fromhex(mac)) * 8 >= 80


@pytest.mark.parametrize("form", ["<{}>", "{}", " <{}> "])
def test_brackets_and_blanks_around_the_id_do_not_matter(form: str):
    made = make_message_id(ID, "desk.test", KEY)
    assert read_message_id(form.format(made), KEY) == ID


def test_a_relay_that_changed_the_case_does_not_hide_the_message():
    assert read_message_id(make_message_id(ID, "desk.test", KEY).upper(), KEY) == ID


@pytest.mark.parametrize(
    "value",
    ["", "x", "<>", "t.@desk.test", f"t.{ID.hex}@desk.test", f"t.{ID.hex}.@desk.test", "t.é.é@x"],
)
def test_other_ids_name_nothing(value: str):
    assert read_message_id(value, KEY) is None


@given(st.text())
def test_any_text_is_read_without_error(value: str):
    assert read_message_id(value, KEY) is None


@pytest.mark.parametrize("domain", ["", "a b", "a\r\nX: y", "<x>", "é.test"])
def test_a_domain_that_cannot_stand_in_a_header_is_refused(domain: str):
    with pytest.raises(ValueError, match="not a domain"):
        make_message_id(ID, domain, KEY)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        make_message_id(ID, "desk.test", b"short")


PERSON = UUID("0190a0a0-0000-7000-8000-000000000001")


def test_t1_a_reply_address_names_its_ticket_whatever_its_case():
    address = make_reply_address("Suporte@desk.test", 1042, KEY)
    assert address.startswith("Suporte+1042.")
    assert read_reply_address(address, KEY) == 1042
    assert read_reply_address(address.upper(), KEY) == 1042


def test_t2_a_changed_or_foreign_reply_address_names_nothing():
    address = make_reply_address("suporte@desk.test", 1042, KEY)
    assert read_reply_address(address.replace("1042", "1043"), KEY) is None
    assert read_reply_address(address, b"another key of 16+ bytes") is None
    for other in ("suporte@desk.test", "suporte+1042@desk.test", "a+b@x", "", "@", "+", "x+1.y@z"):
        assert read_reply_address(other, KEY) is None


def test_t1_an_address_too_long_for_smtp_stays_as_it_is():
    long = f"{'a' * 60}@desk.test"
    assert make_reply_address(long, 1, KEY) == long


def test_t19_an_agent_address_is_of_one_person_and_no_reply_address():
    address = make_agent_address("suporte@desk.test", 7, PERSON, KEY)
    assert read_agent_address(address, PERSON, KEY) == 7
    assert read_agent_address(address, UUID(int=1), KEY) is None
    assert read_reply_address(address, KEY) is None
    assert read_agent_address(make_reply_address("s@desk.test", 7, KEY), PERSON, KEY) is None


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        ("suporte+1.x@desk.test", "suporte@desk.test"),
        ("suporte@desk.test", "suporte@desk.test"),
        ("+x@desk.test", "+x@desk.test"),
        ("nothing", "nothing"),
    ],
)
def test_t21_a_plus_tag_does_not_change_whose_address_it_is(address: str, bare: str):
    assert without_tag(address) == bare
