"""What is left of a mail too large to fetch (I6, A11)."""

from typing import Any

import pytest

from backend.mail.imap_outline import MAX_LEAVES, MAX_TEXT_BYTES, assemble, leaves, read_outline
from backend.mail.message import LeftOut
from backend.mail.parse import parse

TEXT: Any = (b"TEXT", b"PLAIN", (b"CHARSET", b"utf-8"), None, None, b"8BIT", 20, 1)
HTML: Any = (b"text", b"html", None, None, None, b"8bit", 30, 1)
FILE: Any = (
    b"application",
    b"pdf",
    (b"NAME", b"scan.pdf"),
    None,
    None,
    b"base64",
    9_000_000,
    None,
    (b"attachment", (b"FILENAME", b"scan.pdf")),
)
NAMED = b'Content-Type: application/pdf; name="scan.pdf"\r\n\r\n'
HEADER = (
    b"From: ana@x.test\r\nSubject: Nota\r\nContent-Type: multipart/mixed;\r\n boundary=old\r\n"
    b"MIME-Version: 1.0\r\nMessage-ID: <a@x.test>\r\n\r\n"
)


def test_the_sections_are_numbered_as_the_standard_says():
    root = read_outline(([([TEXT, HTML], b"ALTERNATIVE"), FILE], b"MIXED"))
    assert root is not None
    found = [(leaf.section, leaf.is_text, leaf.size) for leaf in leaves(root)]
    assert found == [("1.1", True, 20), ("1.2", True, 30), ("2", False, 9_000_000)]


def test_a11_what_is_put_together_reads_as_the_mail_without_its_files():
    root = read_outline(([([TEXT, HTML], b"alternative"), FILE], b"mixed"))
    assert root is not None
    sections = {
        "1.1.MIME": b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
        "1.1": "Olá, segue a nota.".encode(),
        "1.2.MIME": b"Content-Type: text/html; charset=utf-8\r\n\r\n",
        "1.2": "<p>Olá, segue a <b>nota</b>.</p>".encode(),
        "2.MIME": NAMED,
    }
    mail = parse(assemble(HEADER, root, sections))
    assert (mail.subject, mail.message_id, mail.text) == ("Nota", "a@x.test", "Olá, segue a nota.")
    assert mail.html == "<p>Olá, segue a <b>nota</b>.</p>"
    assert mail.attachments == ()
    assert mail.left_out == (LeftOut("scan.pdf", 9_000_000),)
    assert mail.errors == ()


def test_a_text_that_is_itself_too_large_or_attached_is_left_out():
    huge = (*TEXT[:6], MAX_TEXT_BYTES + 1, 1)
    attached = (*TEXT, None, (b"attachment", None))
    root = read_outline(([huge, attached, TEXT], b"mixed"))
    assert root is not None
    assert [leaf.is_text for leaf in leaves(root)] == [False, False, True]


def test_a_section_the_server_did_not_give_is_left_out():
    root = read_outline(([TEXT, FILE], b"mixed"))
    assert root is not None
    mail = parse(assemble(HEADER, root, {}))
    assert (mail.text, len(mail.left_out)) == ("", 2)


def deep() -> Any:
    node: Any = ([TEXT, TEXT], b"mixed")
    for _ in range(50):
        node = ([node, TEXT], b"mixed")
    return node


@pytest.mark.parametrize(
    "structure",
    [
        None,
        (),
        b"NIL",
        TEXT,
        ([], b"mixed"),
        ([b"x"], b"mixed"),
        ([()], b"mixed"),
        ([(None, None)], b"mixed"),
        ([(1, 2, 3, 4, 5, 6, 7)], b"mixed"),
        ([TEXT] * (MAX_LEAVES + 1), b"mixed"),
        deep(),
    ],
    ids=lambda value: str(value)[:30],
)
def test_no_structure_or_a_hostile_one_gives_nothing(structure: Any):
    root = read_outline(structure)
    assert root is None or not list(leaves(root))


def test_a_subtype_can_not_carry_a_header():
    root = read_outline(([TEXT, FILE], b"mixed\r\nX-Evil: 1"))
    assert root is not None
    assert b"X-Evil" not in assemble(HEADER, root, {})
