"""Bytes to text: labels as mail uses them, and what to do when they lie (C1-C8)."""

import codecs
import re
import unicodedata
from functools import lru_cache

from backend.mail.charset_guess import guess

# C1: what mailers mean is often a superset of what they say
_ALIASES = {
    "ansi_x3.4-1968": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "646": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "chinese": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2",
    "csiso2022jp": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "cswindows31j": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "ms949": "cp949",
    "uhc": "cp949",
    "ms950": "big5hkscs",
    "hz-gb-2312": "hz",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "cseuckr": "cp949",
    "cp50220": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-macroman": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-chinesesimp": "gb18030",
    "x-mac-chinesetrad": "big5hkscs",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-greek": "mac_greek",
    "x-mac-icelandic": "mac_iceland",
    "x-mac-japanese": "cp932",
    "x-mac-korean": "cp949",
    "x-mac-turkish": "mac_turkish",
    "x-mac-ukrainian": "mac_cyrillic",
}

# C2: an allow-list of codecs; everything else Python knows is not a charset of mail
_CODECS = """
    utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8
    iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864
    cp865 cp866 cp869 koi8-r koi8-u koi8-t kz1048 ptcp154
    mac_roman mac_cyrillic mac_greek mac_latin2 mac_iceland mac_turkish
    big5 big5hkscs cp949 cp950 johab euc_kr gb2312 gbk gb18030 hz
    cp932 shift_jis shift_jis_2004 shift_jisx0213 euc_jp euc_jis_2004 euc_jisx0213
    iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext
    iso2022_kr tis-620
"""
_ALLOWED = {codecs.lookup(name).name for name in _CODECS.split()}

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ISO_2022_JP = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I")
_ASCII_SUPERSETS = (None, "cp1252", "utf-8")
_UNESCAPED = {"iso2022_kr": "cp949", "hz": "gb18030"}
_STATEFUL = ("iso2022", "hz")  # C5: escapes are ASCII, so UTF-8 would "succeed" on them
# the many ways of writing the same numbers: windows-1252, win1252, cp-1252, x-cp1252, ibm850 ...
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ibm|ms)[-_ ]?(\d{3,5})\Z")
_ISO_8859 = re.compile(r"(?:x-)?(?:cs)?iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_](i|e))?(?::\d{4})?\Z")
_LABEL = re.compile(r"[^\s;,()\"']+")
_NUMBERS = {"65001": "utf-8", "20127": "cp1252", "28591": "cp1252", "20866": "koi8-r"}
_WIDE = ("utf-16", "utf-32")
_MOST_ACCENTS = 30
_FOREIGN_RUN = re.compile("[^\x00-\u02ff]{31,}")
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
# cp1252 leaves five bytes undefined; the web reads them as C1 controls
_CP1252_HOLES = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}


def _fill_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _CP1252_HOLES.get(error.object[error.start], "\ufffd"), error.start + 1


codecs.register_error("desk.cp1252", _fill_cp1252)


@lru_cache(maxsize=512)
def codec_for(label: str) -> str | None:
    """Return Python's codec name for a charset label of a mail, None when it is no charset.

    Labels are compared without case; alias rules C1, refusals C2.
    """
    found = _LABEL.search(label[:100].lower())
    name = found[0] if found else ""
    if not name or len(name) > 60 or not name.isascii() or "\x00" in name:
        return None
    try:
        codec = codecs.lookup(_usual_name(name)).name
    except LookupError:
        return None
    # refusing by allow-list also keeps out the quadratic punycode codec
    return _ALIASES.get(codec, codec) if codec in _ALLOWED else None


def _usual_name(name: str) -> str:
    """Return the name Python knows for a lower-case label."""
    if name in _ALIASES:
        return _ALIASES[name]
    page = _CODE_PAGE.match(name)
    if page:
        known = _NUMBERS.get(page[1]) or f"cp{page[1]}"
        return _ALIASES.get(known, known)
    iso = _ISO_8859.match(name)
    if iso:
        known = f"iso-8859-{iso[1]}"
        return _ALIASES.get(known, known)
    bare = name.removeprefix("x-")
    return _ALIASES.get(bare, bare)


def decode(data: bytes, label: str | None, fallback: str | None = None) -> tuple[str, str]:
    """Decode text bytes; return (text, charset used). Never raises.

    The label decides when its codec can read the bytes. Otherwise, in order (C3):
    byte order mark, ISO-2022-JP escapes, strict UTF-8, `fallback`, the look of long
    non-Latin text, cp1252. Bytes labelled UTF-8 that mostly are keep their good part (C4).
    """
    codec = codec_for(label) if label else None
    if codec in _ASCII_SUPERSETS and data.isascii() and b"\x1b" not in data:
        return clean(data.decode("ascii")), codec or "utf-8"  # nearly every header
    if codec and codec.startswith(_WIDE) and b"\x00" not in data:
        codec = None  # text of ASCII or UTF-8 that only says that it is wide
    if codec and codec != "cp1252":
        text = _strict(data, codec)
        if text is not None:
            return clean(text.removeprefix("\ufeff")), codec
    for bom, name in _BOMS:
        if data.startswith(bom):
            return clean(data.decode(name, "replace")), name.removesuffix("-sig")
    escaped = any(escape in data for escape in _ISO_2022_JP)
    if data.isascii() and not escaped:
        return clean(data.decode("ascii")), codec or "utf-8"
    if codec and codec.startswith(_STATEFUL):
        if b"\x1b" in data or b"~{" in data:
            return clean(data.decode(codec, "replace")), codec
        # no escapes, so the label is wrong; the country may still be right
        return _decode_mislabelled(data, None, guess(data) or _UNESCAPED.get(codec, "cp932"))
    if escaped and codec in (None, "cp1252"):
        return clean(data.decode("iso2022_jp_ext", "replace")), "iso2022_jp_ext"
    return _decode_mislabelled(data, codec, fallback)


def _decode_mislabelled(data: bytes, codec: str | None, fallback: str | None) -> tuple[str, str]:
    text = _strict(data, "utf-8")
    if text is not None:
        return clean(text), "utf-8"
    if codec and codec != "cp1252":
        text = data.decode(codec, "replace")
        # C4: a few broken bytes; a text that is mostly broken has a wrong label
        if text.count("\ufffd") * 10 <= len(text):
            return clean(text), codec
    second = codec_for(fallback) if fallback else None
    if second and second != "cp1252":
        text = _strict(data, second)
        if text is not None:
            return clean(text), second
    found = guess(data)
    if found:
        return clean(data.decode(found, "replace")), found
    return clean(data.decode("cp1252", "desk.cp1252")), "cp1252"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def clean(text: str) -> str:
    """Return text without NUL and lone surrogates (C8), in NFC (C9)."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    if _UNSAFE.search(text):
        text = _UNSAFE.sub("", text)
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _FOREIGN_RUN.sub(_stream_safe, text))


def _stream_safe(run: re.Match[str]) -> str:
    """Part endless accents by joiners, as in UAX 15 D4: sorting them is quadratic."""
    text, pieces, begin = run[0], [], 0
    for at in range(_MOST_ACCENTS, len(text), _MOST_ACCENTS):
        if unicodedata.combining(text[at - 1]) and unicodedata.combining(text[at]):
            pieces.append(text[begin:at])
            begin = at
    pieces.append(text[begin:])
    return "\u034f".join(pieces)
