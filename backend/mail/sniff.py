"""Files that are not what they say (A12): the first bytes against name and type."""

import re
from typing import Literal

Kind = Literal[
    "", "program", "script", "html", "pdf", "archive", "office", "image", "sound", "film", "text"
]

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "program"),  # a Windows shortcut starts what it likes
    (b"#!", "script"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"{\\rtf", "office"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
)
_RIFF: dict[bytes, Kind] = {b"WEBP": "image", b"WAVE": "sound", b"AVI ": "film"}
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,300}?-->\s*)?<(?:!doctype\s+html|html|head|body|script|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)
_EXTENSIONS: dict[Kind, str] = {
    "program": "exe dll scr com msi sys cpl pif lnk class so dylib bin jar apk",
    "script": "sh bash py pl rb bat cmd ps1 vbs js",
    "html": "html htm xhtml shtml mht mhtml",
    "pdf": "pdf ai",
    "archive": "zip rar 7z gz tgz jar apk xpi epub odt ods odp odg docx docm dotx xlsx xlsm xltx "
    "pptx pptm ppsx vsdx kmz ipa whl pages numbers key",
    "office": "doc dot xls xlt ppt pps msg msi rtf vsd pub mpp",
    "image": "png jpg jpeg jpe gif bmp tif tiff webp heic ico psd",
    "sound": "mp3 ogg wav m4a amr opus aac flac",
    "film": "mp4 mov avi mkv webm 3gp mpg mpeg wmv",
    "text": "txt csv log ics vcf eml json xml md",
}
_BY_EXTENSION: dict[str, set[Kind]] = {}
for _kind, _names in _EXTENSIONS.items():
    for _name in _names.split():
        _BY_EXTENSION.setdefault(_name, set()).add(_kind)
_BY_TYPE: dict[str, Kind] = {
    "application/pdf": "pdf",
    "application/zip": "archive",
    "application/msword": "office",
    "application/vnd.ms-excel": "office",
    "application/vnd.ms-powerpoint": "office",
    "text/html": "html",
}
# what the programs for these files open as well: exported tables are often HTML, Word reads RTF
_ALSO: dict[Kind, frozenset[Kind]] = {
    "office": frozenset({"archive", "html"}),
    "archive": frozenset({"office"}),
    "text": frozenset({"script", "html"}),
    "script": frozenset({"html"}),
    "html": frozenset({"archive"}),
}


def sniff(content: bytes) -> Kind:
    """Return the kind of file that the first bytes show, "" when they show none."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content.startswith(b"MZ") and b"\x00" in content[:256]:  # a text may begin so too
        return "program"
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], "")
    if content[4:8] == b"ftyp":
        return "film"
    return "html" if _HTML.match(content[:1_024]) else ""


def is_disguised(content: bytes, filename: str, content_type: str) -> bool:
    """Say whether the bytes are of another kind than the name says, or else the type (A12)."""
    found = sniff(content)
    if not found:
        return False
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    said = _BY_EXTENSION.get(extension)
    if said is None:
        by_type = _BY_TYPE.get(content_type) or _family(content_type)
        if by_type is None:
            return False
        said = {by_type}
    if found in said or (found == "film" and "image" in said):  # HEIC is an ISO media file
        return False
    if found == "film" and "sound" in said:
        return False
    return not any(found in _ALSO.get(kind, ()) for kind in said)


def _family(content_type: str) -> Kind | None:
    family = content_type.partition("/")[0]
    kinds: dict[str, Kind] = {"image": "image", "audio": "sound", "video": "film"}
    return kinds.get(family)
