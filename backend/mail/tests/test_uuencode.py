import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part
from backend.mail.uuencode import take_files


def uu(content: bytes, name: str = "a.bin", end: str = "`\nend\n") -> str:
    lines = [binascii.b2a_uu(content[x : x + 45]).decode() for x in range(0, len(content), 45)]
    return f"begin 644 {name}\n" + "".join(lines) + end


def test_m28_uuencoded_files_leave_the_text_and_become_attachments():
    body = f"before\n{uu(b'one' * 50, 'um.pdf')}between\n{uu(b'two', 'dois.txt')}after\n"
    result = parse(mail(body.replace("\n", "\r\n")))
    assert result.text == "before\nbetween\nafter"
    files = [(x.filename, x.content_type, x.content) for x in result.attachments]
    assert files == [
        ("um.pdf", "application/pdf", b"one" * 50),
        ("dois.txt", "text/plain", b"two"),
    ]


@pytest.mark.parametrize("end", ["`\nend\n", " \nend\n", "\nend\n", "end\n", "`\nend"])
def test_m28_the_end_is_met_in_all_its_forms(end: str):
    assert parse(mail(uu(b"abc", end=end))).attachments[0].content == b"abc"


def test_m28_lines_whose_last_blanks_were_lost_are_decoded():
    content = b"\x00" * 40
    stripped = "\n".join(x.replace("`", " ").rstrip() for x in uu(content).split("\n"))
    stripped = stripped.replace("\n\nend", "\n`\nend")
    assert parse(mail(stripped)).attachments[0].content == content


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 of the rest\nwe talk",
        "begin 644 a.txt\nnot encoded at all\nend",
        "Please begin 644 a\n#86)C\n`\nend",
        uu(b"abc", end="and no end"),
    ],
)
def test_m28_words_that_only_look_so_stay_text(text: str):
    result = parse(mail(text))
    assert (result.text, result.attachments) == (text.strip(), ())


def test_m28_a_part_in_uuencode_is_decoded_and_takes_the_name_of_its_begin_line():
    coded = part(uu(b"PNG", "foto.png"), "image/png", Content_Transfer_Encoding="x-uuencode")
    (file,) = parse(multipart("mixed", coded)).attachments
    assert (file.filename, file.content) == ("foto.png", b"PNG")


def test_m28_thousands_of_blocks_are_bounded():
    text = uu(b"x") * 3_000 + "begin 644 a\n" * 50_000
    assert len(take_files(text.encode())[1]) == 100


@given(st.binary(min_size=1, max_size=300))
def test_m28_any_file_comes_out_as_it_went_in(content: bytes):
    text, (file,) = take_files(b"hi\n" + uu(content).encode() + b"bye\n")
    assert (text, file.content) == (b"hi\nbye\n", content)
