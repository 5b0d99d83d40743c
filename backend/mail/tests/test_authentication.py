import pytest

from backend.mail.authentication import WITHOUT_ID, Authentication, authentication_of
from backend.mail.parse import parse

ID = "mx.provider.test"
NOTHING = Authentication("none", "none", "none", False)


def read(*fields: str, domain: str = "customer.test", trusted: str = ID) -> Authentication:
    raw = "".join(f"Authentication-Results: {field}\r\n" for field in fields)
    return authentication_of(parse(f"{raw}\r\n".encode()).headers, trusted, domain)


def test_t22_a_dmarc_pass_proves_the_domain_of_from():
    value = (
        f"{ID};\r\n dkim=pass header.i=@customer.test header.s=one header.b=AbC;\r\n"
        " spf=pass (provider: domain of ana@customer.test designates 192.0.2.1 as permitted)"
        " smtp.mailfrom=ana@customer.test;\r\n dmarc=pass (p=REJECT) header.from=customer.test"
    )
    assert read(value) == Authentication("pass", "pass", "pass", True)


def test_t22_a_dmarc_fail_outweighs_what_passed_for_another_domain():
    value = (
        f"{ID}; spf=pass smtp.mailfrom=evil.test; dkim=pass header.d=evil.test; "
        "dmarc=fail (p=NONE) header.from=customer.test"
    )
    assert read(value) == Authentication("pass", "pass", "fail", False)


@pytest.mark.parametrize(
    "field",
    [
        "mx.stranger.test; dmarc=pass header.from=customer.test",
        f"{ID}.evil.test; dmarc=pass header.from=customer.test",
        f"x{ID}; dmarc=pass header.from=customer.test",
        f"(x) evil.test ({ID}); dmarc=pass header.from=customer.test",
        f'"evil.test; {ID}"; dmarc=pass header.from=customer.test',
        "dmarc=pass header.from=customer.test",
        f"; {ID}; dmarc=pass header.from=customer.test",
        f"{ID} 2; dmarc=pass header.from=customer.test",
        f"{ID}",
        f"{ID}; none",
        "",
        ";;;",
        "(",
    ],
)
def test_t22_a_field_without_our_id_or_without_results_says_nothing(field: str):
    assert read(field) == NOTHING


def test_t22_only_the_topmost_field_with_our_id_counts():
    ours = f"{ID}; dmarc=fail header.from=customer.test"
    forged = f"{ID}; dmarc=pass header.from=customer.test"
    stranger = "mx.stranger.test; dmarc=pass header.from=customer.test"
    assert read(stranger, ours, forged).dmarc == "fail"
    # rfc8601 section 5: what a silent server let through is not taken for its own
    assert read(f"{ID}; none", forged) == NOTHING


def test_t22_without_a_trusted_id_nothing_is_known():
    assert read(f"{ID}; dmarc=pass header.from=customer.test", trusted="") == NOTHING
    assert authentication_of({}, ID, "customer.test") == NOTHING


@pytest.mark.parametrize(
    "field",
    [
        "MX.Provider.Test 1; DMARC = Pass header.from = Customer.Test",
        f"({ID} is not all) {ID} (version) 1 (x); dmarc/1=pass (a (b) c) header.from=customer.test",
        f'"{ID}"; dmarc=pass reason="all; well" header.from="customer.test"',
        f"{ID};; ;dmarc=pass (header.from=evil.test) header.from=customer.test;",
        f"{ID}; x-own=pass; iprev=pass smtp.auth=x; dmarc=pass header.from=customer.test",
    ],
)
def test_t22_case_comments_quotes_and_versions_are_read_as_the_standard_says(field: str):
    assert read(field) == Authentication("none", "none", "pass", True)


@pytest.mark.parametrize(
    "field",
    [
        f"{ID}; spf=fail (dmarc=pass header.from=customer.test) smtp.mailfrom=x.test",
        f'{ID}; dkim=fail reason="; dmarc=pass header.from=customer.test" header.d=x.test',
        f'{ID}; spf=pass reason="smtp.mailfrom=customer.test" smtp.mailfrom=x.test',
        f'{ID}; spf=pass smtp.mailfrom="customer.test; dkim=pass header.d=customer.test"@x.test',
        f'{ID}; spf=pass smtp.mailfrom="customer.test"@x.test',
        f"{ID}; dkim=pass header.d=customer.test@x.test",
        f"{ID}; dkim=pass header.b=header.d=customer.test header.d=x.test",
        f"{ID}; dmarc=pass header.from=x.test",
        f"{ID}; dmarc=passed header.from=customer.test",
        f"{ID}; dmarc=pass-not header.from=customer.test",
        f"{ID}; spf=pass smtp.helo=customer.test",
        f"{ID}; dkim=pass",
    ],
)
def test_t22_what_a_stranger_may_have_put_into_comments_quotes_and_values_proves_nothing(
    field: str,
):
    assert not read(field).aligned


@pytest.mark.parametrize(
    ("proven", "domain", "aligned"),
    [
        ("customer.test", "customer.test", True),
        ("mail.customer.test", "customer.test", True),
        ("customer.test", "mail.customer.test", True),
        ("CUSTOMER.TEST.", "customer.test", True),
        ("notcustomer.test", "customer.test", False),
        ("customer.test.evil.test", "customer.test", False),
        ("test", "customer.test", False),
        ("com.br", "cliente.com.br", False),
        ("cliente.com.br", "mail.cliente.com.br", True),
        ("co.uk", "customer.co.uk", False),
        ("a.customer.test", "b.customer.test", False),
        ("", "customer.test", False),
        ("customer.test", "", False),
    ],
)
def test_t22_domains_align_when_one_lies_below_the_other(proven: str, domain: str, aligned: bool):
    assert read(f"{ID}; dkim=pass header.d={proven}", domain=domain).aligned is aligned
    assert read(f"{ID}; spf=pass smtp.mailfrom=a@{proven}", domain=domain).aligned is aligned


def test_t22_one_aligned_signature_of_several_is_enough():
    value = (
        f"{ID}; dkim=fail header.d=customer.test; dkim=pass header.d=x.test; dkim=pass header.d="
    )
    assert not read(value + "evil.test").aligned
    assert read(value + "customer.test") == Authentication("none", "pass", "none", True)


@pytest.mark.parametrize(
    ("word", "result"),
    [("softfail", "softfail"), ("hardfail", "fail"), ("TempError", "temperror"), ("odd", "none")],
)
def test_t22_results_are_the_words_of_the_standard(word: str, result: str):
    assert read(f"{ID}; spf={word} smtp.mailfrom=customer.test").spf == result


def test_t22_a_provider_that_writes_no_id_is_trusted_for_the_topmost_field_alone():
    ours = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=customer.test; dkim=pass (signature"
        " was verified) header.d=customer.test;dmarc=pass action=none"
        " header.from=customer.test;compauth=pass reason=100"
    )
    assert read(ours, trusted=WITHOUT_ID) == Authentication("pass", "pass", "pass", True)
    assert read("mx.other.test; spf=none", ours, trusted=WITHOUT_ID) == NOTHING


def test_t22_results_that_other_fields_repeat_are_not_read():
    raw = (
        f"ARC-Authentication-Results: i=1; {ID}; dmarc=pass header.from=customer.test\r\n"
        f"Authentication-Results-Original: {ID}; dmarc=pass header.from=customer.test\r\n\r\n"
    )
    assert authentication_of(parse(raw.encode()).headers, ID, "customer.test") == NOTHING


@pytest.mark.parametrize("filler", ["(", '"', ";", "dkim=pass ", "a=", 'a="', "\\", "=;", '"\\'])
def test_t22_a_long_hostile_field_proves_nothing(filler: str):
    assert not read(f"{ID}; " + filler * 20_000).aligned
