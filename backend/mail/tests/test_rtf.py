import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.rtf import decompress, read_rtf
from backend.mail.tests.tnef_streams import compressed

# MS-OXRTFCP 4.1.1 and 4.1.2: the examples of the specification
SIMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af3206865 6c090020627705b06c647d"
    "0a800fa0".replace(" ", "")
)
CROSSING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def test_the_examples_of_ms_oxrtfcp_are_expanded():
    assert decompress(SIMPLE) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(CROSSING) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_uncompressed_rtf_is_taken_as_it_is():
    rtf = b"{\\rtf1 hi}"
    assert decompress(struct.pack("<IIII", 22, len(rtf), 0x414C454D, 0) + rtf) == rtf
    assert decompress(compressed(rtf)) == rtf


@pytest.mark.parametrize("data", [b"", b"x" * 15, b"x" * 40, SIMPLE[:20], SIMPLE[:-1]])
def test_damaged_compression_gives_what_can_be_read(data: bytes):
    assert len(decompress(data)) <= 43


@given(st.binary(max_size=2_000))
def test_any_compressed_bytes_stay_bounded(data: bytes):
    size = 5_000
    output = decompress(struct.pack("<IIII", len(data), size, 0x75465A4C, 0) + data)
    assert len(output) <= size


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"{\rtf1 Hello\par World}", "Hello\nWorld"),
        (r"{\rtf1\ansi\ansicpg1252 a\'e7\'e3o}", "ação"),
        (r"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (r"{\rtf1\uc1 \u8364?5}", "€5"),
        (r"{\rtf1\uc2 \u8364??5}", "€5"),
        (r"{\rtf1{\fonttbl{\f0 Arial;}}{\colortbl;\red1;}text}", "text"),
        (r"{\rtf1{\*\generator Riched20;}text}", "text"),
        (r"{\rtf1 a\tab b\line c\~d}", "a\tb\nc\xa0d"),
        (r"{\rtf1 \{x\} \\}", "{x} \\"),
        (r"{\rtf1{\pict 0102}after}", "after"),
        (r"{\rtf1{\fonttbl{\f1\fcharset204 A;}}\f1 \'cf}", "П"),
        (r"{\rtf1 \ldblquote a\rdblquote  \endash}", "“a” –"),
        (r"{\rtf1 \u-10179?\u-8704?}", "😀"),
        ("no rtf", ""),
    ],
)
def test_rtf_gives_its_words(rtf: str, text: str):
    body = read_rtf(rtf.encode("latin-1"))
    assert (body.html, body.text) == ("", text)


def test_encapsulated_html_comes_out_as_it_went_in():
    # MS-OXRTFEX 4.1
    rtf = rb"""{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0
{\fonttbl {\f0\fswiss Arial;}{\f1\fmodern Courier;}}
{\*\htmltag64}\htmlrtf \lang1033 \htmlrtf0
{\*\htmltag19 <html>}{\*\htmltag34 <head>}{\*\htmltag41 </head>}{\*\htmltag50 <body>}
\htmlrtf{\htmlrtf0 {\*\htmltag148 <p>}Ol\'e1{\*\htmltag84 &nbsp;}\htmlrtf\'a0\htmlrtf0
{\*\htmltag84 <b>}
\htmlrtf\b\htmlrtf0 mundo{\*\htmltag92 </b>}{\*\htmltag156 </p>}\htmlrtf\par}\htmlrtf0
{\*\htmltag58 </body>}{\*\htmltag27 </html>}}"""
    body = read_rtf(rtf)
    assert body.html == "<html><head></head><body><p>Olá&nbsp;<b>mundo</b></p></body></html>"
    assert body.text == ""


@pytest.mark.parametrize("rtf", [b"{\\rtf1 " + b"{" * 200_000, b"{\\rtf1" + b"\\u1?" * 100_000])
def test_hostile_rtf_is_bounded(rtf: bytes):
    assert len(read_rtf(rtf).text) <= len(rtf)


@given(st.text(alphabet="{}\\'*abfuprtml019 \n;-", max_size=400))
def test_any_rtf_is_read(text: str):
    body = read_rtf(b"{\\rtf1\\fromhtml1 " + text.encode())
    body.html.encode()
