import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.address import read_addresses
from backend.mail.parse import parse
from backend.mail.tests.mails import mail


def read(value: str) -> list[tuple[str, str]]:
    return [(x.name, x.address) for x in read_addresses(value, 500).addresses]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.test", [("", "a@b.test")]),
        ("<a@b.test>", [("", "a@b.test")]),
        ("Ana <a@b.test>", [("Ana", "a@b.test")]),
        ('"Silva, Ana" <a@b.test>', [("Silva, Ana", "a@b.test")]),
        ('"Ana \\"Nina\\" S" <a@b.test>', [('Ana "Nina" S', "a@b.test")]),
        ("a@b.test (Ana)", [("Ana", "a@b.test")]),
        ("Ana <a@b.test> Bob <c@d.test>", [("Ana", "a@b.test"), ("Bob", "c@d.test")]),
        ("a@b.test c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ("Silva\\, Ana <a@b.test>", [("Silva, Ana", "a@b.test")]),
        ("CORP\\ana <a@b.test>", [("CORP\\ana", "a@b.test")]),
        ("Ana [mailto:a@b.test]", [("Ana", "a@b.test")]),
        ("<<a@b.test>>", [("", "a@b.test")]),
        ("'a@b.test'", [("", "a@b.test")]),
        ("Ana a@b.test>", [("Ana", "a@b.test")]),
        ("=?utf-8?q?Ana_=3Ca=40b.test=3E?=", []),
        ("(x) a@b.test", [("x", "a@b.test")]),
        ("Ana (nested (comment)) <a@b.test>", [("Ana", "a@b.test")]),
        ("a@b.test, c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ("a@b.test; c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ("a@B.TEST", [("", "a@b.test")]),
        ("A.B@b.test", [("", "A.B@b.test")]),
        ('"a b"@c.test', [("", '"a b"@c.test')]),
        ('"quoted"@c.test', [("", '"quoted"@c.test')]),
        ("<@r1.test,@r2.test:a@b.test>", [("", "a@b.test")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("Ana < a@b.test >", [("Ana", "a@b.test")]),
        ("john . doe @ b.test", [("", "john.doe@b.test")]),
        ("Group: a@b.test, C <c@d.test>;", [("", "a@b.test"), ("C", "c@d.test")]),
        ("A: a@b.test;, B: c@d.test;", [("", "a@b.test"), ("", "c@d.test")]),
        ("undisclosed-recipients:;", []),
        ("Undisclosed recipients: ;", []),
        ("", []),
        (",,,", []),
        ("root", []),
        ("=?utf-8?q?Jos=C3=A9?= <j@b.test>", [("José", "j@b.test")]),
        ('"=?utf-8?q?Jos=C3=A9?=" <j@b.test>', [("José", "j@b.test")]),
        ("=?utf-8?q?Silva=2C_Ana?= <j@b.test>", [("Silva, Ana", "j@b.test")]),
        ("=?utf-8?q?Silva, Ana?= <j@b.test>", [("Silva, Ana", "j@b.test")]),
        ("=?utf-8?q?Jo?= =?utf-8?q?se?= <j@b.test>", [("Jose", "j@b.test")]),
        ("José <j@b.test>", [("José", "j@b.test")]),
        ("j@b.test (=?utf-8?q?Jos=C3=A9?=)", [("José", "j@b.test")]),
        ("mailto:a@b.test", [("", "a@b.test")]),
        ("<mailto:a@b.test>", [("", "a@b.test")]),
        ("Ana Silva a@b.test", [("Ana Silva", "a@b.test")]),
        ('"Ana <a@b.test>', [("Ana", "a@b.test")]),
        ("Ana (open <a@b.test>", [("Ana open", "a@b.test")]),
        ("pete(his account)@silly.test(his host)", [("his account his host", "pete@silly.test")]),
        ("Chris <c@(Chris's host.)public.example>", [("Chris", "c@public.example")]),
        ("ana@é.test", [("", "ana@é.test")]),
        ("CN=Ana/O=X <a@b.test>", [("CN=Ana/O=X", "a@b.test")]),
    ],
)
def test_m14_addresses_come_out_right(value: str, expected: list[tuple[str, str]]):
    assert read(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"a@good.test" <b@evil.test>', ["b@evil.test"]),
        ("a@good.test <b@evil.test>", ["b@evil.test"]),
        ("=?utf-8?q?a=40good=2Etest?= <b@evil.test>", ["b@evil.test"]),
        ('"a@good.test, x" <b@evil.test>', ["b@evil.test"]),
        ("(a@good.test) b@evil.test", ["b@evil.test"]),
        ("=?utf-8?q?a=40good=2C?=b@evil.test", ["=?utf-8?q?a=40good=2C?=b@evil.test"]),
        ("a@good.test@evil.test", []),
        ("a@good.test\x00@evil.test", []),
        ('a"@good.test"@evil.test', []),
        ("=?utf-8?b?YUBnb29kLnRlc3Q=?=", []),
    ],
)
def test_m15_an_address_is_never_taken_out_of_a_name(value: str, expected: list[str]):
    assert [address for _, address in read(value)] == expected


@pytest.mark.parametrize(
    "value",
    [
        "<agent@corp.test>evil@x.test",
        "<agent@corp.test> <evil@x.test>",
        "agent@corp.test evil@x.test",
        "<agent@corp.test@evil.test>",
    ],
)
def test_row_22_an_ambiguous_author_is_nobody(value: str):
    result = parse(mail(From=value))
    assert result.from_ is None
    assert "from_ambiguous" in result.errors


def test_m16_of_two_authors_the_first_counts_and_the_mail_is_marked():
    result = parse(mail(From="a@b.test, c@d.test"))
    assert result.from_ is not None
    assert result.from_.address == "a@b.test"
    assert "several_from" in result.errors


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"From": "nobody", "Sender": "s@b.test"}, "s@b.test"),
        ({"From": "", "Return_Path": "<r@b.test>"}, "r@b.test"),
    ],
)
def test_m10_without_author_the_sender_or_return_path_stands_in(
    headers: dict[str, str], address: str
):
    result = parse(mail(**headers))
    assert result.from_ is not None
    assert result.from_.address == address
    assert "from_missing" in result.errors


def test_m10_a_mail_from_nobody_is_still_read():
    result = parse(b"Subject: x\r\n\r\nbody")
    assert (result.from_, result.text) == (None, "body")


def test_m22_recipients_beyond_the_limit_are_reported():
    many = ", ".join(f"u{n}@x.test" for n in range(700))
    result = parse(mail(To=many))
    assert len(result.to) == 500
    assert "too_many_recipients" in result.errors


@pytest.mark.parametrize(("value", "path"), [("<>", ""), ("<a@b.test>", "a@b.test")])
def test_the_envelope_sender_is_kept(value: str, path: str):
    assert parse(mail(Return_Path=value)).return_path == path
    assert parse(mail()).return_path is None


@given(st.text(max_size=300))
def test_any_text_is_read_and_every_address_has_one_at_sign_outside_quotes(value: str):
    for address in read_addresses(value, 500).addresses:
        assert "@" in address.address
        assert not set("<>,\r\n\x00") & set(address.address.split('"')[-1])


@given(
    st.lists(st.sampled_from(["<", ">", '"', "(", ")", ",", ";", ":", "@", "a", " ", "\\", "=?"]))
)
def test_any_mixture_of_special_characters_is_read(pieces: list[str]):
    assert read_addresses("".join(pieces), 500).cut is False
