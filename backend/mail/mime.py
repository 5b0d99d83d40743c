"""The tree of MIME parts over the raw bytes (RFC 2045, RFC 2046), built without recursion.

Parts are ranges of the raw bytes and nothing is generated again, so an enclosed
mail keeps its very own bytes (M23). The stdlib's parser is not used: it recurses
once per level, re-serialises enclosed mails and raises on some third-party mails.
"""

import re
from dataclasses import dataclass, field

from backend.mail import cms
from backend.mail.headers import HeaderBlock, raw_text, read_block
from backend.mail.limits import Limits
from backend.mail.parameters import parse_parameters
from backend.mail.transfer import decode_transfer, encoding_name

# a closing delimiter may be followed by anything but the rest of a longer boundary
_DELIMITER_END = re.compile(
    rb"(?:(--)(?:-*[ \t]*(?=\r?\n|\Z)|(?![A-Za-z0-9_.=+-])[^\r\n]*)|[ \t]*)\r?(?:\n|\Z)"
)
_REUSED = re.compile(rb"[ \t]*\r?\n[Cc]ontent-[A-Za-z-]{2,40}:")
_GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,199}?)[ \t]*\r?\n(?=[A-Za-z][A-Za-z-]*:)", re.MULTILINE)
_MAX_BOUNDARY = 500  # RFC 2046 allows 70
_MAX_DELIMITERS = 100_000  # lines that begin like one; more is an attack
_LINE_ENDS = re.compile(rb"[\r\n]+")
_GUESS_RANGE = 64 * 1024
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TYPE = re.compile(r"[^\s/;,]{1,127}/[^\s/;,]{1,127}")


@dataclass(slots=True)
class Part:
    """One part of a mail.

    headers: its header block. content_type: "type/subtype", lower case.
    parameters: of Content-Type. disposition: "inline", "attachment", other or "".
    disposition_parameters: of Content-Disposition.
    encoding: the transfer encoding as labelled. buffer, start, end: its content.
    children: parts of a multipart, empty for a leaf. parent_type: "" for the root.
    """

    headers: HeaderBlock
    content_type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    encoding: str
    buffer: bytes
    start: int
    end: int
    depth: int
    parent_type: str
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether the part was split into children."""
        return bool(self.children)

    @property
    def is_base64(self) -> bool:
        """Whether the content is labelled base64."""
        return encoding_name(self.encoding) == "base64"

    def content(self) -> bytes:
        """Return the content after transfer decoding."""
        return decode_transfer(self.buffer[self.start : self.end], self.encoding)

    def raw_header(self, name: str) -> str:
        """Return the first value of a field, unfolded and not decoded, "" when absent."""
        value = self.headers.first(name)
        return raw_text(value) if value is not None else ""


def read_tree(raw: bytes, limits: Limits) -> tuple[Part, list[str]]:
    """Return the root part and the codes of what was wrong or cut (M21, M22)."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # M4: a mail of bare CR has no other line ends
    errors: list[str] = []
    root = _read_part(raw, 0, len(raw), limits, 0, "", errors)
    waiting, count = [root], 1
    while waiting:
        part = waiting.pop()
        if part.content_type.startswith("text/") and _is_mislabelled(part):
            part.content_type = "multipart/mixed"
        if not part.content_type.startswith("multipart/"):
            if part.content_type in SMIME and part.depth < limits.depth and count < limits.parts:
                count += _open_signed(part, limits, errors)
                waiting.extend(part.children)
            continue
        if part.depth >= limits.depth:
            errors.append("too_deep")
            continue
        ranges = _ranges(part, limits, errors)
        if not ranges and decode_transfer(b"=3D", part.encoding) != b"=3D":
            # RFC 2045 6.4 forbids it, mailers do it (M21)
            part.buffer, part.encoding = part.content(), ""
            part.start, part.end = 0, len(part.buffer)
            ranges = _ranges(part, limits, errors)
        for start, end in ranges:
            if count >= limits.parts:
                errors.append("too_many_parts")
                return root, errors
            count += 1
            part.children.append(
                _read_part(
                    part.buffer, start, end, limits, part.depth + 1, part.content_type, errors
                )
            )
        waiting.extend(reversed(part.children))
    return root, errors


def _is_mislabelled(part: Part) -> bool:
    """Say whether a text names a boundary and begins with it: it is a multipart."""
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
    return bool(boundary) and part.buffer[part.start : part.end].lstrip(b"\r\n").startswith(
        b"--" + boundary
    )


def _open_signed(part: Part, limits: Limits, errors: list[str]) -> int:
    """Give an opaque signed part the mail inside it as its child (RFC 8551 3.5.2, M25)."""
    inner = cms.signed_content(part.content())
    if inner is None:
        return 0
    child = _read_part(inner, 0, len(inner), limits, part.depth + 1, part.content_type, errors)
    part.children.append(child)
    return 1


def _read_part(
    buffer: bytes,
    start: int,
    end: int,
    limits: Limits,
    depth: int,
    parent_type: str,
    errors: list[str],
) -> Part:
    headers = read_block(buffer, start, end, limits, top=depth == 0)
    errors.extend(headers.errors)
    # RFC 2046 5.1.5: the parts of a digest are mails unless they say otherwise
    default = "message/rfc822" if parent_type == "multipart/digest" else "text/plain"
    value = headers.first("content-type")
    content_type, parameters = parse_parameters(raw_text(value)) if value else ("", {})
    if not _TYPE.fullmatch(content_type):
        content_type = default
    value = headers.first("content-disposition")
    disposition, disposition_parameters = parse_parameters(raw_text(value)) if value else ("", {})
    value = headers.first("content-transfer-encoding")
    return Part(
        headers=headers,
        content_type=content_type,
        parameters=parameters,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        encoding=raw_text(value) if value else "",
        buffer=buffer,
        start=min(headers.body_start, end),
        end=end,
        depth=depth,
        parent_type=parent_type,
    )


def _ranges(part: Part, limits: Limits, errors: list[str]) -> list[tuple[int, int]]:
    """Return the byte ranges of the parts of a multipart; none when it cannot be split."""
    told = part.parameters.get("boundary", "").rstrip()[:_MAX_BOUNDARY]
    ranges: list[tuple[int, int]] = []
    # comments and apostrophes are no part of a boundary, but some mailers write them
    for boundary in dict.fromkeys((told, told.partition(" ")[0], told.strip("'"))):
        if boundary and not ranges:
            ranges = _split(part, boundary.encode("utf-8", "replace"), limits.parts, errors)
    if not ranges:
        guess = _GUESS.search(part.buffer, part.start, min(part.end, part.start + _GUESS_RANGE))
        errors.append("boundary_missing")
        if guess:
            ranges = _split(part, guess[1], limits.parts, errors)
    return ranges


def _split(part: Part, boundary: bytes, most: int, errors: list[str]) -> list[tuple[int, int]]:
    """Find the delimiter lines of a boundary (RFC 2046 5.1.1); linear.

    Stops when there are more than `most`, which is for the caller to report.
    """
    buffer, mark = part.buffer, b"--" + boundary
    ranges: list[tuple[int, int]] = []
    begin = -1
    position = buffer.find(mark, part.start, part.end)
    for _ in range(_MAX_DELIMITERS):
        if position < 0 or len(ranges) > most:
            break
        match = None
        if position == part.start or buffer[position - 1] == 10:
            # the rest of the line tells a boundary from one that merely begins with it
            match = _DELIMITER_END.match(buffer, position + len(mark), part.end)
        if match is None:
            after = buffer.find(b"\n", position, part.end) + 1 or part.end
        else:
            if begin >= 0:
                ranges.append((begin, _before_line_end(buffer, begin, position)))
            begin = after = match.end()
            if match[1]:
                begin = -1
                after = _reopened(buffer, mark, match.end(), part.end)
                if after < 0:
                    return ranges
                errors.append("boundary_reused")  # by a part inside, which closed it early
        position = buffer.find(mark, after, part.end)
    if begin >= 0 and len(ranges) <= most:
        errors.append("boundary_not_closed")
        ranges.append((begin, part.end))
    return ranges


def _reopened(buffer: bytes, mark: bytes, start: int, end: int) -> int:
    """Return where a part begins right after the closing delimiter, -1 when none does."""
    blank = _LINE_ENDS.match(buffer, start, end)
    start = blank.end() if blank else start
    if buffer.startswith(mark, start, end) and _REUSED.match(buffer, start + len(mark), end):
        return start
    return -1


def _before_line_end(buffer: bytes, begin: int, position: int) -> int:
    """Leave out the line end that belongs to the delimiter."""
    if position > begin and buffer[position - 1] == 10:
        position -= 1
        if position > begin and buffer[position - 1] == 13:
            position -= 1
    return position
