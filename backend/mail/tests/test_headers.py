import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.headers import decode_words, header_text, read_block
from backend.mail.limits import DEFAULT, Limits
from backend.mail.parse import parse
from backend.mail.tests.mails import mail


def fields(raw: bytes, limits: Limits = DEFAULT) -> list[tuple[str, str]]:
    block = read_block(raw, 0, len(raw), limits, top=True)
    return [(name, header_text(value)) for name, value in block.fields]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_fields_are_read_in_order_with_either_line_end(end: bytes):
    raw = end.join([b"A: 1", b"B: 2", b"A: 3", b"", b"body: no"])
    assert fields(raw) == [("a", "1"), ("b", "2"), ("a", "3")]


@pytest.mark.parametrize("blank", [b" ", b"\t", b"   ", b" \t "])
def test_m3_folded_fields_are_unfolded(blank: bytes):
    assert fields(b"Subject: one\r\n" + blank + b"two\r\n\r\n") == [("subject", "one two")]


def test_m3_ten_thousand_folds_are_read():
    value = header_text(
        read_block(b"X: a" + b"\n b" * 10_000, 0, 40_000, DEFAULT, top=True).fields[0][1]
    )
    assert value.startswith("a b b b")


def test_m3_a_line_of_a_mebibyte_is_cut_and_reported():
    raw = b"Subject: " + b"x" * (1 << 20) + b"\r\nTo: b@c.test\r\n\r\nbody"
    result = parse(raw)
    assert DEFAULT.header_bytes - 1 <= len(result.subject) <= DEFAULT.header_bytes
    assert "header_too_long" in result.errors
    assert [x.address for x in result.to] == ["b@c.test"]
    assert result.text == "body"


def test_m4_a_mail_of_bare_cr_is_read():
    assert parse(b"From: a@b.test\rSubject: Hi\r\rText\rmore").text == "Text\nmore"


def test_m4_a_lone_cr_does_not_end_a_header():
    result = parse(b"Subject: a\rBcc: evil@x.test\r\n\r\nbody")
    assert "bcc" not in result.headers
    assert result.subject == "a Bcc: evil@x.test"


@pytest.mark.parametrize(
    "preface",
    [
        b"From ana@customer.test Mon Jan  5 00:00:00 2026\n",
        b"\xef\xbb\xbf",
        b"\r\n\r\n",
        b">From x\n",
        b" ",
        b"\t",
    ],
)
def test_m5_what_comes_before_the_header_is_skipped(preface: bytes):
    result = parse(preface + mail("Body"))
    assert (result.subject, result.text) == ("Hi", "Body")


def test_m5_junk_between_headers_is_skipped_and_reported():
    result = parse(b"From: a@b.test\r\nthis is no header\r\nSubject: Hi\r\n\r\nBody")
    assert (result.subject, result.text) == ("Hi", "Body")
    assert "junk_in_header" in result.errors


def test_a_mail_without_blank_line_keeps_its_text():
    result = parse(b"From: a@b.test\r\nSubject: Hi\r\nThis is the text.\r\n\r\nMore.")
    assert (result.subject, result.text) == ("Hi", "This is the text.\n\nMore.")


def test_a_text_without_any_header_is_the_body():
    assert parse(b"Just words\r\nand more").text == "Just words\nand more"


def test_m6_of_duplicate_headers_the_first_counts_and_all_are_kept():
    raw = b"Subject: one\r\nSubject: two\r\nTo: a@x.test\r\nTo: b@x.test\r\n\r\n"
    result = parse(raw)
    assert result.subject == "one"
    assert result.headers["subject"] == ["one", "two"]
    assert [x.address for x in result.to] == ["a@x.test", "b@x.test"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<a@b>", "a@b"),
        ("a@b", "a@b"),
        ("<a@b@c>", "a@b@c"),
        ("<a b@c>", "a b@c"),
        ("<aaa\r\n bbb@c>", "aaabbb@c"),
        ("\r\n <a@b>", "a@b"),
        ("<a@b> (comment)", "a@b"),
        ("<>", ""),
    ],
)
def test_m7_a_message_id_is_taken_as_it_stands(written: str, read: str):
    result = parse(mail(Message_ID=written))
    assert (result.message_id == read) or (not read and result.message_id_generated)


def test_m8_a_mail_without_id_gets_the_same_one_each_time():
    one, again, other = parse(mail("a")), parse(mail("a")), parse(mail("b"))
    assert one.message_id_generated
    assert one.message_id == again.message_id != other.message_id


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?Ol=C3=A1?=", "Olá"),
        ("=?UTF-8?B?T2zDoQ==?=", "Olá"),
        ("=?iso-8859-1?Q?Ol=E1_mundo?=", "Olá mundo"),
        ("=?utf-8*pt-br?q?Ol=C3=A1?=", "Olá"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=   =?iso-8859-1?q?=E9?=", "aé"),
        ("Re: =?utf-8?q?a?= b =?utf-8?q?c?=", "Re: a b c"),
        ("=?utf-8?q?Ol=C3?= =?utf-8?q?=A1?=", "Olá"),
        ("=?utf-8?b?T2zD?= =?utf-8?b?oQ==?=", "Olá"),
        ("=?utf-8?q?Ol=C3=A1 mundo?=", "Olá mundo"),
        ("=?utf-8?q?quem?=?=", "quem?="),
        ("=?utf-8?q?what?_yes?=", "what? yes"),
        ("=?utf-8?b?T2zDoQ?=", "Olá"),
        ("=?rot13?q?Byn?=", "Byn"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?broken", "=?broken"),
        ("=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?utf-8?q??=", ""),
        ("=?utf-8?b?T2z?= =?utf-8?b?DoQ==?=", "Olá"),
        ("=?utf-8?b?T2zDo?=\r\n =?utf-8?b?Q==?=", "Olá"),
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("a=?utf-8?q?=C3=A9?=b", "aéb"),
        ("=?utf-8?b?T2zDoQ ==?=", "Olá"),
    ],
)
def test_m11_m12_encoded_words_are_decoded(written: str, read: str):
    assert header_text(written.encode()) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Olá".encode(), "Olá"),
        ("Olá".encode("cp1252"), "Olá"),
        ("Olá =?utf-8?q?=C3=A9?=".encode(), "Olá é"),
    ],
)
def test_m13_raw_8_bit_is_read(value: bytes, read: str):
    assert header_text(value) == read


def test_m13_raw_8_bit_uses_the_charset_of_the_body():
    raw = mail("Привет".encode("koi8-r"), Content_Type="text/plain; charset=koi8-r")
    raw = raw.replace(b"Subject: Hi", b"Subject: " + "Привет".encode("koi8-r"))
    assert parse(raw).subject == "Привет"


def test_m22_too_many_fields_are_cut_and_reported():
    result = parse(b"".join(b"X-%d: y\r\n" % n for n in range(6_000)) + b"\r\nbody")
    assert len(result.headers) == DEFAULT.headers
    assert "too_many_headers" in result.errors
    assert result.text == "body"


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?a?= " * 16_000,
        "=?a?b?" * 10_000,
        "=?" * 30_000,
        '"' * 60_000,
        "(" * 60_000,
        "<" * 60_000,
        "a:" * 30_000,
        "; a=b" * 12_000,
        '"\\"' * 20_000,
        " @ ." * 15_000,
    ],
)
@pytest.mark.parametrize("name", ["To", "Subject", "Content-Type", "Content-Disposition"])
def test_row_54_quadratic_header_bombs_are_read(name: str, value: str):
    result = parse(f"{name}: {value}\r\nX-Last: yes\r\n\r\nbody".encode())
    assert result.headers["x-last"] == ["yes"]


@given(st.text(max_size=300))
def test_any_text_of_words_is_decoded_without_error(text: str):
    assert isinstance(decode_words(text), str)


def test_an_encoded_word_cannot_smuggle_a_line_break():
    assert "\n" not in header_text(b"=?utf-8?q?a=0D=0ABcc:_x?=")


def test_m5_folds_that_lost_their_blanks_do_not_end_the_header():
    junk = b"\r\n".join(b"b=v0NAncnNT/w+gInANxAkMt2%d" % n for n in range(12))
    result = parse(
        b"From: a@b.test\r\nDKIM-Signature: x\r\n" + junk + b"\r\nSubject: Hi\r\n\r\nBody"
    )
    assert (result.subject, result.text) == ("Hi", "Body")


def test_m5_sentences_with_colons_are_no_header():
    result = parse(b"From: a@b.test\r\nDear Sir\r\nNote: this is text\r\n\r\nMore")
    assert result.text == "Dear Sir\nNote: this is text\n\nMore"


def test_m7_ids_are_the_same_in_message_id_and_references():
    for written in ("<a b@c>", "<long\r\n part@c>", "<a@b@c>"):
        sent = parse(mail(Message_ID=written))
        answer = parse(mail(References=f"<first@x>\r\n {written}", In_Reply_To=written))
        assert answer.references == ("first@x", sent.message_id)
        assert answer.in_reply_to == (sent.message_id,)


def test_the_blanks_of_a_subject_are_the_senders_and_it_is_one_line():
    assert parse(mail(Subject="Pedido  12\r\n  urgente")).subject == "Pedido  12 urgente"
    assert parse(mail(Subject="第132号\u3000「案内」")).subject == "第132号\u3000「案内」"
    assert parse(mail(Subject="a\tb=?utf-8?q?=0Ac?=")).subject == "a b c"


def test_m16_of_several_authors_the_first_counts_and_the_mail_is_marked():
    raw = mail(From="Ana <a@x.test>, b@x.test", Sender="Bia <s@x.test>")
    result = parse(raw)
    assert result.from_ is not None
    assert (result.from_.address, result.sender[0].address) == ("a@x.test", "s@x.test")
    assert "several_from" in result.errors


def test_m17_author_and_answer_address_are_kept_apart():
    result = parse(mail(From="a@x.test", Reply_To="Equipe <r@y.test>, s@y.test"))
    assert result.from_ is not None
    assert result.from_.address == "a@x.test"
    assert [x.address for x in result.reply_to] == ["r@y.test", "s@y.test"]
