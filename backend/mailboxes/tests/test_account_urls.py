"""Mail accounts written as URLs."""

from __future__ import annotations

import pytest

from backend.core.errors import Invalid
from backend.mailboxes.account_urls import imap_values, smtp_values

ADDRESS = "ajuda@empresa.test"


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("imaps://u:p@mail.test", "tls", 993),
        ("imap+starttls://u:p@mail.test", "starttls", 143),
        ("imap://u:p@mail.test:11143", "none", 11143),
        ("IMAPS://u:p@MAIL.test:1993", "tls", 1993),
    ],
)
def test_the_scheme_says_how_imap_is_encrypted_and_the_usual_port(
    url: str, security: str, port: int
):
    values = imap_values(url, address=ADDRESS)
    assert (values["imap_security"], values["imap_port"]) == (security, port)
    assert (values["imap_host"], values["imap_folder"]) == ("mail.test", "INBOX")


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtps://u:p@mail.test", "tls", 465),
        ("smtp+starttls://u:p@mail.test", "starttls", 587),
        ("smtp://mail.test", "none", 25),
    ],
)
def test_the_scheme_says_how_smtp_is_encrypted_and_the_usual_port(
    url: str, security: str, port: int
):
    values = smtp_values(url, address=ADDRESS)
    assert (values["smtp_security"], values["smtp_port"]) == (security, port)


def test_user_password_and_folder_are_percent_decoded():
    values = imap_values("imaps://a%40b:p%3A%2F%40%C3%A9@mail.test/INBOX%2FLoja", address=ADDRESS)
    assert values["imap_username"] == "a@b"
    assert values["imap_password"] == "p:/@é"
    assert values["imap_folder"] == "INBOX/Loja"


def test_the_user_is_the_address_unless_given():
    assert imap_values("imaps://mail.test", address=ADDRESS)["imap_username"] == ADDRESS
    values = smtp_values("smtps://:secret@mail.test", address=ADDRESS)
    assert (values["smtp_username"], values["smtp_password"]) == (ADDRESS, "secret")


def test_smtp_without_user_and_password_means_no_login():
    values = smtp_values("smtp://127.0.0.1:2525", address=ADDRESS)
    assert (values["smtp_username"], values["smtp_password"]) == ("", "")


def test_an_address_of_ipv6_is_a_host():
    assert imap_values("imap://[::1]:1143", address=ADDRESS)["imap_host"] == "::1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.test",
        "pop3://u:secret@mail.test",
        "smtp://u:secret@mail.test",
        "imaps://",
        "imaps://u:secret@mail.test:99999",
        "imaps://u:secret@mail.test:port",
        "imaps://u:secret?@mail.test",
        "imaps://u:secret#@mail.test",
        "imaps://u:secret@[::1",
    ],
)
def test_other_urls_are_refused_without_repeating_the_password(url: str):
    with pytest.raises(Invalid) as refused:
        imap_values(url, address=ADDRESS)
    assert "secret" not in refused.value.message
    assert "imap" in refused.value.fields
