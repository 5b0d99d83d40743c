"""An image is what its bytes show, not what somebody says it is."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.images import Image, recognise
from tests.pictures import bmp, gif, jpeg, png, webp


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(3, 5), "png"),
        (jpeg(3, 5), "jpeg"),
        (gif(3, 5), "gif"),
        (gif(3, 5).replace(b"89a", b"87a"), "gif"),
        (bmp(3, 5), "bmp"),
        (bmp(3, -5), "bmp"),
        (b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 3, 5, 1, 24), "bmp"),
        (webp(3, 5, "VP8 "), "webp"),
        (webp(3, 5, "VP8L"), "webp"),
        (webp(3, 5, "VP8X"), "webp"),
    ],
)
def test_images_are_recognised_with_their_size(content: bytes, kind: str):
    assert recognise(content) == Image(f"image/{kind}", 3, 5)


def test_a_jpeg_may_hold_much_before_its_size():
    thumbnail = b"\xff\xe1\xff\xff" + b"\xff\xc0" * 32_766 + b"\x00"
    filled = b"\xff\xff\xff\x01" + b"\xff\xd0"
    content = jpeg(3, 5).replace(b"\xff\xd8", b"\xff\xd8" + thumbnail + filled, 1)
    assert recognise(content) == Image("image/jpeg", 3, 5)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"MZ\x90",
        b"\0\0\0\x1cftypavif",
        b"RIFF\0\0\0\0WAVEfmt " + bytes(40),
        b"BM, said the man, and went on talking for a long time about himself",
        b"GIF8",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"\xff\xd8\xff<script>alert(1)</script>",
        b"\xff\xd8\xff\xe0\0\0" * 100,
        webp(3, 5, "ANIM"),
        png(0, 5),
        gif(3, 0),
        bmp(-3, 5),
    ],
)
def test_s13_nothing_else_is_an_image(content: bytes):
    assert recognise(content) is None


@pytest.mark.parametrize(
    "content",
    [
        png(3, 5),
        jpeg(3, 5),
        gif(3, 5),
        bmp(3, 5),
        *(webp(3, 5, k) for k in ("VP8 ", "VP8L", "VP8X")),
    ],
)
def test_an_image_that_ends_before_its_size_is_none(content: bytes):
    sizes = [recognise(content[:length]) for length in range(len(content) + 1)]
    assert sizes[0] is None
    assert set(sizes) == {None, recognise(content)}


@given(
    st.sampled_from([png(3, 5), jpeg(3, 5), gif(3, 5), bmp(3, 5), webp(3, 5, "VP8X"), b"BM"]),
    st.binary(max_size=80),
    st.integers(0, 30),
)
@settings(max_examples=500, deadline=None)
def test_no_bytes_break_the_recognition(start: bytes, rest: bytes, kept: int):
    found = recognise(start[:kept] + rest)
    assert found is None or min(found.width, found.height) > 0
