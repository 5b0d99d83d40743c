"""Recognising images by their bytes, whatever somebody says they are."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"BM", "image/bmp"),
)
# ITU T.81 B.1.1.3: frames that tell a size; C4, C8 and CC are other segments.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass(frozen=True)
class Image:
    """What an image is: its media type and its size in pixels, both at least 1."""

    content_type: str
    width: int
    height: int


def recognise(content: bytes) -> Image | None:
    """The image in `content`: PNG, JPEG, GIF, WebP or BMP. None for all else, SVG and HTML too."""
    content_type = next((kind for head, kind in _HEADS if content.startswith(head)), "")
    readers = {
        "image/png": _png,
        "image/jpeg": _jpeg,
        "image/gif": _gif,
        "image/webp": _webp,
        "image/bmp": _bmp,
    }
    if content_type not in readers:
        return None
    try:
        size = readers[content_type](content)
    except (struct.error, IndexError):  # it ends before it says how large it is
        return None
    return Image(content_type, *size) if size is not None and min(size) > 0 else None


def _png(content: bytes) -> tuple[int, int] | None:
    if content[12:16] != b"IHDR":  # PNG 11.2.1
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    position = 2
    while content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:  # a byte that only fills
            position += 1
        elif marker in _ALONE:
            position += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        else:
            (length,) = struct.unpack_from(">H", content, position + 2)
            position += 2 + max(length, 2)
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    if content[8:12] != b"WEBP":
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = content[24:27], content[27:30]
        if len(height) < 3:
            return None
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8L" and content[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":  # RFC 6386 9.1
        width14, height14 = struct.unpack_from("<HH", content, 26)
        return width14 & 0x3FFF, height14 & 0x3FFF
    return None


def _bmp(content: bytes) -> tuple[int, int] | None:
    (head,) = struct.unpack_from("<I", content, 14)
    if head == 12:
        width, height = struct.unpack_from("<HH", content, 18)
        return width, height
    if head not in {40, 52, 56, 64, 108, 124}:
        return None
    width, height = struct.unpack_from("<ii", content, 18)
    return width, abs(height)  # negative: rows from the top
