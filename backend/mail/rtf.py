"""RTF bodies of Outlook: decompressed (MS-OXRTFCP), and the HTML or text inside (MS-OXRTFEX)."""

import re
import struct
from dataclasses import dataclass, field

from backend.mail.charset import clean, codec_for

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _UNCOMPRESSED = 0x75465A4C, 0x414C454D
# MS-OXRTFCP 2.1.2.1: what the dictionary holds before the first byte
_PREFILL = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    b"\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    b"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_MAX_PACKED = 1024 * 1024
_MAX_OUTPUT = 1024 * 1024
_MAX_DEPTH = 1_000


def decompress(data: bytes) -> bytes:
    """Return the RTF of PidTagRtfCompressed; what can be read of damaged data, at most 1 MiB."""
    if len(data) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(data)
    if kind == _UNCOMPRESSED:
        return data[_HEADER.size : _HEADER.size + min(size, _MAX_OUTPUT)]
    if kind != _COMPRESSED:
        return data[:_MAX_OUTPUT] if data.startswith(b"{\\rtf") else b""
    return _unpack(data[_HEADER.size : _MAX_PACKED], min(size, _MAX_OUTPUT))


def _unpack(packed: bytes, size: int) -> bytes:
    """Expand LZFu: control bytes tell literals from (offset, length) pairs (3.1.1.1)."""
    output = bytearray(_PREFILL)  # the window slides over prefill and output alike
    base = len(_PREFILL)
    position, end = 0, len(packed)
    while position < end and len(output) - base < size:
        control = packed[position]
        position += 1
        for bit in range(8):
            if position >= end:
                break
            if not control >> bit & 1:
                output.append(packed[position])
                position += 1
                continue
            if position + 1 >= end:
                return bytes(output[base:])
            offset = packed[position] << 4 | packed[position + 1] >> 4
            length = (packed[position + 1] & 0x0F) + 2
            position += 2
            distance = (len(output) - offset) % _WINDOW
            if distance == 0:  # 2.1.3.1.5: a pair that points at itself ends the stream
                return bytes(output[base : base + size])
            start = len(output) - distance
            if start < 0:
                return bytes(output[base : base + size])
            for index in range(start, start + length):
                output.append(output[index])
    return bytes(output[base : base + size])


@dataclass(frozen=True, slots=True)
class RtfBody:
    """What an RTF text says. html: "" unless HTML was encapsulated."""

    html: str = ""
    text: str = ""


# one match is one token; every alternative begins differently, so reading is linear
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})?[ ]?"
    r"|\\'(?P<hex>[0-9A-Fa-f]{2})"
    r"|\\(?P<symbol>[^A-Za-z'])"
    r"|(?P<brace>[{}])"
    r"|(?P<end>[\r\n\x00]+)"
    r"|(?P<text>[^\\{}\r\n\x00]+)",
    re.DOTALL,
)
_SILENT_NAMES = """
    fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr
    listtable listoverridetable rsidtbl generator xmlnstbl themedata datastore mhtmltag footnote
    annotation bkmkstart bkmkend fldinst pntext
"""
_SILENT = frozenset(_SILENT_NAMES.split())
_CHARACTERS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "tab": "\t",
    "cell": "\t",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "endash": "–",
    "emdash": "—",
    "emspace": "\u2003",
    "enspace": "\u2002",
}
_FONT_CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_SYMBOLS = {"~": "\xa0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}"}


@dataclass(slots=True)
class _Group:
    """State that a closing brace restores."""

    silent: bool = False  # the group is no text
    tag: bool = False  # inside {\*\htmltag}
    hidden: bool = False  # between \htmlrtf and \htmlrtf0
    fonts: bool = False
    skip: int = 1  # characters that stand in for one \u
    codec: str = "cp1252"


@dataclass(slots=True)
class _State:
    group: _Group = field(default_factory=_Group)
    stack: list[_Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    codec: str = "cp1252"
    from_html: bool = False
    starred: bool = False
    to_skip: int = 0
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)

    def visible(self) -> bool:
        """Say whether text here belongs to the body."""
        return not self.group.silent and not (self.from_html and self.group.hidden)

    def flush(self) -> None:
        """Decode the bytes read so far; double-byte characters come as two escapes."""
        if self.pending:
            self.out.append(bytes(self.pending).decode(self.group.codec, "replace"))
            self.pending.clear()

    def add(self, text: str) -> None:
        """Write decoded text."""
        if self.visible():
            self.flush()
            self.out.append(text)


def read_rtf(data: bytes) -> RtfBody:
    """Return the HTML that RTF encapsulates, else its plain text. Linear, never raises."""
    head = data[:1_000]
    if not head.lstrip(b"\x00\r\n ").startswith(b"{\\rtf"):
        return RtfBody()
    state = _State(from_html=b"\\fromhtml" in head)
    for token in _TOKEN.finditer(data[:_MAX_OUTPUT].decode("latin-1")):
        kind = token.lastgroup
        if kind == "brace":
            if not _brace(state, token["brace"]):
                break
        elif kind in ("word", "number"):
            _word(state, token["word"].lower(), token["number"])
        elif kind == "hex":
            _bytes(state, bytes.fromhex(token["hex"]))
        elif kind == "text":
            _bytes(state, token["text"].encode("latin-1"))
        elif kind == "symbol":
            _symbol(state, token["symbol"])
    state.flush()
    units = "".join(state.out).encode("utf-16-le", "surrogatepass")  # \u counts in UTF-16
    text = clean(units.decode("utf-16-le", "replace")).strip()
    return RtfBody(html=text) if state.from_html else RtfBody(text=text)


def _brace(state: _State, brace: str) -> bool:
    state.flush()
    state.starred = False
    state.to_skip = 0
    if brace == "{":
        if len(state.stack) >= _MAX_DEPTH:
            return False
        state.stack.append(state.group)
        old = state.group
        state.group = _Group(old.silent, old.tag, old.hidden, old.fonts, old.skip, old.codec)
    elif state.stack:
        state.group = state.stack.pop()
    return True


def _bytes(state: _State, data: bytes) -> None:
    if state.to_skip:
        dropped = min(state.to_skip, len(data))
        state.to_skip -= dropped
        data = data[dropped:]
    if state.visible():
        state.pending += data


def _symbol(state: _State, symbol: str) -> None:
    if symbol == "*":
        state.starred = True
    elif symbol in "\r\n":
        state.add("\n")
    elif symbol in _SYMBOLS:
        entity = {"~": "&nbsp;", "_": "&shy;"}.get(symbol) if state.from_html else None
        state.add(entity or _SYMBOLS[symbol])


def _word(state: _State, word: str, number: str | None) -> None:
    group, starred = state.group, state.starred
    state.starred = False
    value = int(number) if number else 0
    if word == "htmlrtf":
        state.flush()
        group.hidden = number != "0"
    elif word == "htmltag":
        group.tag, group.silent = True, False
    elif word in _SILENT or (starred and not group.tag):
        state.flush()
        group.silent = True
        group.fonts = word == "fonttbl"
    elif word in _CHARACTERS:
        # MS-OXRTFEX 2.2.3.1: line ends inside HTML are only line ends
        state.add(_CHARACTERS[word])
    elif word == "u":
        _unicode(state, value)
    else:
        _setting(state, word, value)


def _unicode(state: _State, value: int) -> None:
    state.add(chr(value % 0x10000))
    state.to_skip = state.group.skip


def _setting(state: _State, word: str, value: int) -> None:
    group = state.group
    if word == "uc":
        group.skip = min(max(value, 0), 10)
    elif word == "ansicpg":
        state.codec = codec_for(f"cp{value}") or state.codec
        group.codec = state.codec
    elif word == "fcharset" and group.fonts:
        state.fonts[state.font] = _FONT_CHARSETS.get(value, state.codec)
    elif word == "f" and group.fonts:
        state.font = value
    elif word in ("f", "plain", "deff"):
        state.flush()
        group.codec = state.fonts.get(value, state.codec) if word == "f" else state.codec
