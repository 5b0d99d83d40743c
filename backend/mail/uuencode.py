"""Files that stand uuencoded in the text of a mail (M28)."""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,300}?)[ \t]*\r?\n", re.MULTILINE)
_END = re.compile(rb"(?:`?[ \t]*\r?\n)?end[ \t]*(?:\r?\n|\Z)|====[ \t]*(?:\r?\n|\Z)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r?\n|\Z)")
_USUAL = 20  # bytes at least in a line that others follow; encoders write 45
_MAX_FILES = 100
_MAX_TRIES = 1_000


@dataclass(frozen=True, slots=True)
class UuFile:
    """One file: its name as written in the begin line, and its bytes."""

    name: bytes
    content: bytes


def take_files(text: bytes) -> tuple[bytes, list[UuFile]]:
    """Return the text without its uuencoded blocks, and their files in order.

    A "begin" line counts only when uuencoded lines follow and "end" closes them, so a
    sentence that starts with "begin 644" stays as it is. Linear.
    """
    files: list[UuFile] = []
    pieces: list[bytes] = []
    position, search = 0, 0
    for _ in range(_MAX_TRIES):
        begin = _BEGIN.search(text, search)
        if begin is None or len(files) >= _MAX_FILES:
            break
        content, end, closed = _block(text, begin.end(), begin[0].startswith(b"begin-base64"))
        if closed:
            files.append(UuFile(begin[1], content))
            pieces.append(text[position : begin.start()])
            position = end
        search = max(end, begin.end())
    if not files:
        return text, files
    pieces.append(text[position:])
    return b"".join(pieces), files


def decode_uu(data: bytes) -> bytes:
    """Return the first uuencoded file of a part, the bytes unchanged when there is none."""
    begin = _BEGIN.search(data)
    if begin is None:
        return data
    return _block(data, begin.end(), begin[0].startswith(b"begin-base64"))[0]


def name_in(data: bytes) -> bytes:
    """Return the file name of the first begin line, b"" when there is none."""
    begin = _BEGIN.search(data)
    return begin[1] if begin else b""


def _block(text: bytes, position: int, base64: bool) -> tuple[bytes, int, bool]:
    """Return the bytes of the lines, the offset after them, and whether "end" was met."""
    pieces: list[bytes] = []
    full = 0
    while position < len(text):
        end = _END.match(text, position)
        if end:
            return b"".join(pieces), end.end(), True
        line = _LINE.match(text, position)
        piece = _decoded(line[1], base64) if line else None
        # all lines but the last are equally long
        if line is None or not piece or (pieces and (len(pieces[-1]) != full or full < _USUAL)):
            break
        full = full or len(piece)
        pieces.append(piece)
        position = line.end()
    return b"".join(pieces), position, False


def _decoded(line: bytes, base64: bool) -> bytes | None:
    """Return the bytes of one line, None when it is not encoded."""
    try:
        if base64:
            return binascii.a2b_base64(line, strict_mode=True)
        if not line or line[0] < 32 or line[0] > 96:
            return None
        # the first character counts the bytes; mailers often lose or add blanks at the end
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
        if len(line) > wanted + 4:
            return None
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return None
