"""What a domain says about its servers is read as data, whoever wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.autoconfig import (
    LARGEST,
    Proposal,
    ServiceRecord,
    Unreadable,
    addresses_of,
    checked_host,
    first_of,
    of_service,
    read,
)

EMAIL = "suporte@empresa.test"
SERVER = (
    '<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
    "<socketType>{security}</socketType><username>{name}</username></{tag}>"
)


def server(kind: str, **changed: str) -> str:
    tag = "incomingServer" if kind in {"imap", "pop3"} else "outgoingServer"
    usual = {"host": f"{kind}.%EMAILDOMAIN%", "port": "993", "security": "SSL"}
    return SERVER.format(tag=tag, kind=kind, **({"name": "%EMAILADDRESS%"} | usual | changed))


def file(*servers: str) -> bytes:
    inside = "".join(servers)
    return (
        '<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="empresa.test">'
        f"{inside}</emailProvider></clientConfig>"
    ).encode()


def test_servers_are_read_with_the_address_filled_in():
    found = read(
        file(
            server("pop3"),
            server("imap", security="plain", port="143"),
            server("imap", security="STARTTLS", port="143"),
            server("imap", name="%EMAILLOCALPART%"),
            server("smtp", port="587", security="STARTTLS"),
        ),
        EMAIL,
    )
    assert found == [
        Proposal("imap", "imap.empresa.test", 143, "starttls", EMAIL),
        Proposal("imap", "imap.empresa.test", 993, "tls", "suporte"),
        Proposal("smtp", "smtp.empresa.test", 587, "starttls", EMAIL),
    ]
    best = first_of(found, "imap")
    assert best is not None
    assert best.security == "tls", "encrypted from the start comes first (RFC 8314 3)"
    assert first_of([], "imap") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "127.0.0.1"},
        {"host": "localhost"},
        {"host": "imap.empresa.test/x"},
        {"host": "imap..test"},
        {"host": "a" * 300 + ".test"},
        {"port": "0"},
        {"port": "70000"},
        {"port": "-1"},
        {"port": "٣"},
        {"port": "9" * 5000},
        {"security": "plain"},
    ],
    ids=str,
)
def test_a_server_nobody_should_connect_to_is_not_proposed(changed: dict[str, str]):
    assert read(file(server("imap", **changed)), EMAIL) == []


def test_a_strange_user_name_becomes_the_address():
    (found,) = read(file(server("imap", name="a&#9;b")), EMAIL)
    assert found.username == EMAIL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + file(server("imap")),
        b'<!DOCTYPE x SYSTEM "http://169.254.169.254/">' + file(server("imap")),
        b"<a>" * 50 + b"</a>" * 50,
        b"<a>" + b"<b/>" * 3_000 + b"</a>",
        b" " * (LARGEST + 1),
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
    ],
    ids=range(9),
)
def test_what_an_honest_file_never_holds_is_refused(content: bytes):
    with pytest.raises(Unreadable):
        read(content, EMAIL)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int):
    whole = file(server("imap"))
    for content in (noise, whole[:at] + noise + whole[at:]):
        try:
            found = read(content, EMAIL)
        except Unreadable:
            found = []
        assert all(checked_host(one.host) == one.host for one in found)


def test_the_best_srv_record_counts_and_a_dot_says_that_there_is_none():
    records = [
        ServiceRecord(20, 9, 993, "second.empresa.test."),
        ServiceRecord(10, 1, 993, "light.empresa.test."),
        ServiceRecord(10, 5, 1993, "Heavy.empresa.test."),
    ]
    found = of_service("imap", "tls", records, EMAIL)
    assert found == Proposal("imap", "heavy.empresa.test", 1993, "tls", EMAIL)
    assert of_service("imap", "tls", [ServiceRecord(0, 0, 0, ".")], EMAIL) is None
    assert of_service("imap", "tls", [], EMAIL) is None


def test_files_are_looked_for_below_the_domain_alone():
    places = addresses_of("empresa.test", "a&b@empresa.test")
    assert [one.split("/")[2] for one in places] == [
        "autoconfig.empresa.test",
        "empresa.test",
        "autoconfig.empresa.test",
    ]
    assert "a%26b%40empresa.test" in places[0]
    assert "emailaddress" not in places[2], "no address in the open"
    assert checked_host("Mail.Empresa.TEST.") == "mail.empresa.test"
