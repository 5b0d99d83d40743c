"""Header fields from bytes: splitting, unfolding, encoded-words (M3-M6, M11-M13)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.mail import transfer
from backend.mail.charset import clean, decode
from backend.mail.limits import Limits

# RFC 5322 2.2: any printable but colon; a blank before the colon is obsolete syntax
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_INDENTED = re.compile(rb"[ \t]+(?=[!-9;-~]{1,200}[ \t]*:)")
_MBOX = re.compile(rb">?From ")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
# each alternative stops at the next "?", so a block of broken words stays linear
_WORD = re.compile(
    r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?"
    r"([^?]*|[^?\s]*(?:\?(?!=)[^?\s]*){1,4})\?="
)
_BLANKS = re.compile(r"[ \t]*")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_LINE_ENDS = re.compile(rb"[\r\n]+")
_LOOKAHEAD_LINES = 30
# what a line after junk must be called to be taken for a field and not for a sentence
_KNOWN_NAMES = """
    authentication-results bcc cc content-disposition content-id content-transfer-encoding
    content-type date delivered-to dkim-signature envelope-to from in-reply-to list-id message-id
    mime-version precedence received references reply-to return-path sender subject to user-agent
"""
_KNOWN = frozenset(_KNOWN_NAMES.split())


@dataclass(slots=True)
class HeaderBlock:
    """The fields of one header block, in order, and where the body begins.

    fields: (lower-case name, raw value without the line end, folds kept).
    body_start: offset of the first body byte in the buffer.
    errors: codes such as "header_too_long". kept: bytes of all values so far.
    firsts: the first value of each name.
    """

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    body_start: int = 0
    errors: list[str] = field(default_factory=list)
    kept: int = 0
    firsts: dict[str, bytes] = field(default_factory=dict)

    def first(self, name: str) -> bytes | None:
        """Return the first value of a field (M6), None when absent."""
        return self.firsts.get(name)

    def every(self, name: str) -> list[bytes]:
        """Return all values of a field in order."""
        if name not in self.firsts:
            return []
        return [value for known, value in self.fields if known == name]


def read_block(buffer: bytes, start: int, end: int, limits: Limits, *, top: bool) -> HeaderBlock:
    """Read the header block that begins at `start`; linear in its length, never raises.

    `top` says that this is the head of a whole mail, where an mbox line, a byte
    order mark and blank lines may come first (M5).
    """
    block = HeaderBlock(body_start=start)
    position = _skip_preface(buffer, start, end) if top else start
    indented = _INDENTED.match(buffer, position, min(end, position + 300)) if top else None
    position = indented.end() if indented else position  # nothing stands above to be folded
    name, pieces, size, junk_end = "", [], 0, 0
    lines = limits.header_lines if top else limits.part_header_lines
    while position < end:
        lines -= 1
        if lines < 0:
            block.errors.append("too_many_headers")
            block.body_start = _after_block(buffer, position, end)
            break
        line_end = buffer.find(b"\n", position, end)
        next_line = end if line_end < 0 else line_end + 1
        content_end = end if line_end < 0 else line_end
        if buffer[content_end - 1 : content_end] == b"\r" and content_end > position:
            content_end -= 1
        if content_end == position:
            block.body_start = next_line
            break
        if buffer[position] in b" \t":
            if size < limits.header_bytes:
                kept = min(content_end, position + limits.header_bytes - size)
                pieces.append(buffer[position:kept])
            size += content_end - position
        else:
            _store(block, name, pieces, size, limits)
            name, pieces, size = "", [], 0
            match = _FIELD.match(buffer, position, content_end)
            if match:
                name = match[1].decode("ascii").lower()
                pieces = [buffer[match.end() : min(content_end, match.end() + limits.header_bytes)]]
                size = content_end - match.end()
            else:
                if position >= junk_end and not _MBOX.match(buffer, position):
                    junk_end = _next_field(buffer, next_line, end)
                    if junk_end < 0:
                        block.errors.append("header_without_end")
                        block.body_start = position
                        return block
                block.errors.append("junk_in_header")
        position = next_line
        block.body_start = position
    _store(block, name, pieces, size, limits)
    return block


def _store(block: HeaderBlock, name: str, pieces: list[bytes], size: int, limits: Limits) -> None:
    if not name:
        return
    block.kept += min(size, limits.header_bytes)
    if len(block.fields) >= limits.headers or block.kept > limits.header_block_bytes:
        block.errors.append("too_many_headers")
        return
    if size > limits.header_bytes:
        block.errors.append("header_too_long")
    value = b"\n".join(pieces) if len(pieces) > 1 else pieces[0]
    block.fields.append((name, value))
    block.firsts.setdefault(name, value)


def _after_block(buffer: bytes, position: int, end: int) -> int:
    """Return where the body begins, without looking at the lines between."""
    blank = _BLANK_LINE.search(buffer, max(position - 1, 0), end)
    return blank.end() if blank else end


def _skip_preface(buffer: bytes, start: int, end: int) -> int:
    position = start
    if buffer.startswith(b"\xef\xbb\xbf", position):
        position += 3
    first = position
    blank = _LINE_ENDS.match(buffer, position, end)
    position = blank.end() if blank else position
    # blank lines are a preface only when a header follows, otherwise they end an empty header
    return position if _FIELD.match(buffer, position) else first


def _next_field(buffer: bytes, position: int, end: int) -> int:
    """Return where a field begins within a few lines and before a blank line, -1 for nowhere."""
    for _ in range(_LOOKAHEAD_LINES):
        if position >= end or buffer[position] in b"\r\n":
            return -1
        match = _FIELD.match(buffer, position, min(end, position + 210))
        if match:
            name = match[1].lower().decode("ascii")
            if name in _KNOWN or name.startswith("x-"):
                return position
        line_end = buffer.find(b"\n", position, end)
        if line_end < 0:
            return -1
        position = line_end + 1
    return -1


def raw_text(value: bytes, fallback: str | None = None) -> str:
    """Return a field value as unfolded text, 8-bit bytes read by M13, words not decoded."""
    text = decode(value, None, fallback)[0]
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", text.replace("\r\n", "\n"))
    return text.strip(" \t")


def header_text(value: bytes, fallback: str | None = None) -> str:
    """Return an unstructured field value as one line of decoded text (M3, M11-M13)."""
    return decode_words(raw_text(value, fallback), fallback)


def decode_words(text: str, fallback: str | None = None) -> str:
    """Decode the RFC 2047 words of a text; words that are broken stay as they are.

    Blanks between two words vanish (RFC 2047 6.2) and neighbours of one charset are
    joined as bytes first, so characters split between words come out whole (M12).
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    for run in _runs(text):
        if isinstance(run, str):
            pieces.append(run)
        else:
            charset, data = run
            pieces.append(decode(data, charset, fallback)[0])
    return clean("".join(pieces).replace("\r", " ").replace("\n", " "))


def _base64_goes_on(text: str, match: re.Match[str]) -> bool:
    """Say whether another base64 word of the same charset follows at once."""
    blanks = _BLANKS.match(text, match.end())
    following = _WORD.match(text, blanks.end() if blanks else match.end())
    return (
        following is not None and following[2] in "bB" and following[1].lower() == match[1].lower()
    )


def _runs(text: str) -> Iterator[str | tuple[str, bytes]]:
    """Yield plain text and (charset, joined bytes) of adjacent encoded-words."""
    charset, data, position, rest = "", bytearray(), 0, ""
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        adjacent = charset and not between.strip(" \t")
        if charset and not (adjacent and match[1].lower() == charset):
            yield charset, bytes(data)
            data, rest = bytearray(), ""
        if between and not adjacent:
            yield between
        charset = match[1].lower()
        payload = match[3]
        if match[2] in "bB":
            # some mailers cut the base64 itself, which leaves a quartet to be completed
            payload = (rest + payload).replace(" ", "")
            whole = len(payload) - len(payload) % 4 if "=" not in payload else len(payload)
            payload, rest = payload[:whole], payload[whole:]
            if rest and not _base64_goes_on(text, match):
                payload, rest = payload + rest, ""
        data += transfer.encoded_word_bytes(match[2], payload)
        position = match.end()
    if charset:
        yield charset, bytes(data)
    yield text[position:]
