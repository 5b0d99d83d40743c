"""TNEF, the envelope of Outlook and Exchange known as winmail.dat (MS-OXTNEF, M27).

Linear and without recursion: a message inside the stream becomes one mail, and what
is nested deeper stays a TNEF part of that mail until somebody opens it.
"""

import struct
from dataclasses import dataclass, field
from datetime import datetime

from backend.mail import rtf
from backend.mail.charset import clean, codec_for, decode
from backend.mail.file_types import type_of
from backend.mail.message import Address
from backend.mail.tnef_properties import Budget, Property, read_properties, read_rows

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = struct.Struct("<BHHI")
_HEADER = 6
_CHECKSUM = 2
_MAX_ATTRIBUTES = 50_000
_MAX_FILES = 1_000
_MAX_PEOPLE = 500
_MAX_BODY = 1024 * 1024
_GUID = 16

# attribute ids (MS-OXTNEF 2.1.3.1); their types are not looked at, some writers leave them out
_BODY, _SUBJECT, _MESSAGE_ID = 0x800C, 0x8004, 0x8009
_MESSAGE, _RECIPIENTS, _CODE_PAGE = 0x9003, 0x9004, 0x9007
_RENDERING, _TITLE, _DATA, _FILE, _TRANSPORT_NAME = 0x9002, 0x8010, 0x800F, 0x9005, 0x9001

# property ids (MS-OXPROPS)
_P_SUBJECT, _P_TIME, _P_MESSAGE_ID = 0x0037, 0x0039, 0x1035
_P_SENT_NAME, _P_SENT_ADDRESS, _P_SENT_SMTP = 0x0042, 0x0065, 0x5D02
_P_SENDER_NAME, _P_SENDER_ADDRESS, _P_SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_P_TEXT, _P_RTF, _P_HTML, _P_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_NAME, _P_ADDRESS, _P_SMTP, _P_ROLE = 0x3001, 0x3003, 0x39FE, 0x0C15
_P_DATA, _P_SHORT, _P_LONG = 0x3701, 0x3704, 0x3707
_P_MIME, _P_CONTENT_ID = 0x370E, 0x3712
_UNTITLED = "untitled attachment"  # what Outlook writes when there is no name


@dataclass(slots=True)
class TnefFile:
    """One attachment. name: "" when it has none. content_type: "" when not told.

    message: the content is a TNEF stream, a whole message with its own files.
    """

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""
    message: bool = False


@dataclass(slots=True)
class TnefMessage:
    """What a TNEF stream holds. text and html are "" when there are none."""

    subject: str = ""
    from_: Address | None = None
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    date: datetime | None = None
    message_id: str = ""
    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read_tnef(data: bytes) -> TnefMessage | None:
    """Read a TNEF stream, None when it is none. Never raises; damage ends the reading."""
    start = data.find(SIGNATURE, 0, 64)
    if start < 0:
        return None
    reader = _Reader()
    position = start + _HEADER
    for _ in range(_MAX_ATTRIBUTES):
        if position + _ATTRIBUTE.size > len(data):
            break
        level, identifier, _, length = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size
        if level not in (1, 2):
            reader.message.errors.append("tnef_damaged")
            break
        content = data[position : position + length]
        # 2.1.3.1: the checksum is not asked, real files have wrong ones
        position += length + _CHECKSUM
        reader.attribute(level, identifier, content)
        if position - _CHECKSUM > len(data):
            reader.message.errors.append("tnef_damaged")
    return reader.finish()


class _Reader:
    """Takes the attributes in order; those of a file follow its rendering attribute."""

    def __init__(self) -> None:
        self.message = TnefMessage()
        self._codec = "cp1252"
        self._properties: dict[int, Property] = {}
        self._people: list[dict[int, Property]] = []
        self._file: TnefFile | None = None
        self._plain = ""
        self._budget = Budget()

    def attribute(self, level: int, identifier: int, content: bytes) -> None:
        """Take one attribute."""
        if level == 2 or identifier == _RENDERING:
            self._file_attribute(identifier, content)
        elif identifier == _CODE_PAGE and len(content) >= 4:
            page = int.from_bytes(content[:4], "little")
            self._codec = codec_for(f"cp{page}") or ("utf-8" if page == 65001 else self._codec)
        elif identifier == _MESSAGE:
            self._properties |= read_properties(content, self._budget)[0]
        elif identifier == _RECIPIENTS:
            self._people = read_rows(content, self._budget)
        elif identifier == _BODY:
            self._plain = self._text(content)
        elif identifier == _SUBJECT:
            self.message.subject = self._text(content)
        elif identifier == _MESSAGE_ID:
            self.message.message_id = self._text(content)

    def _file_attribute(self, identifier: int, content: bytes) -> None:
        if identifier == _RENDERING or self._file is None:
            if len(self.message.files) >= _MAX_FILES:
                self.message.errors.append("too_many_parts")
                self._file = TnefFile()
                return
            self._file = TnefFile()
            self.message.files.append(self._file)
        file = self._file
        if identifier == _TITLE or (identifier == _TRANSPORT_NAME and not file.name):
            file.name = file.name or self._text(content)
        elif identifier == _DATA:
            file.content = file.content or content
        elif identifier == _FILE:
            self._file_properties(file, read_properties(content, self._budget)[0])

    def _file_properties(self, file: TnefFile, properties: dict[int, Property]) -> None:
        def value(identifier: int) -> str:
            found = properties.get(identifier)
            return clean(found.text(self._codec)).strip() if found else ""

        data = properties.get(_P_DATA)
        if data is not None and data.is_object:
            # 2.1.3.4: the id of the interface precedes the object itself
            file.content = data.data[_GUID:]
            file.message = file.content.startswith(SIGNATURE)
        elif data is not None:
            file.content = data.data
        title = "" if file.name.strip().lower() == _UNTITLED else file.name
        file.name = value(_P_LONG) or value(_P_SHORT) or title or value(_P_NAME) or file.name
        file.content_type = value(_P_MIME).lower()
        file.content_id = value(_P_CONTENT_ID).strip("<>")

    def finish(self) -> TnefMessage:
        """Return the message when all attributes are taken."""
        message = self.message
        message.subject = self._value(_P_SUBJECT) or message.subject
        message.message_id = (self._value(_P_MESSAGE_ID) or message.message_id).strip("<>")
        time = self._properties.get(_P_TIME)
        message.date = time.time() if time else None
        message.from_ = self._author()
        for row in self._people[:_MAX_PEOPLE]:
            role = row[_P_ROLE].number() if _P_ROLE in row else 1
            person = self._person(row, _P_NAME, _P_SMTP, _P_ADDRESS)
            if person and role in (1, 2):
                (message.to if role == 1 else message.cc).append(person)
        self._body()
        for file in message.files:
            file.content_type = file.content_type or _guessed_type(file)
        return message

    def _body(self) -> None:
        html, plain = self._properties.get(_P_HTML), self._properties.get(_P_TEXT)
        page = self._properties.get(_P_CODE_PAGE)
        if html is not None:
            label = _charset(page.number()) if page else self._codec
            data = html.data[:_MAX_BODY]
            text = Property(html.kind, data).text(label) if html.kind == 0x1F else ""
            self.message.html = clean(text or decode(data, label)[0]).rstrip("\x00")
        self.message.text = clean(plain.text(self._codec)) if plain else self._plain
        packed = self._properties.get(_P_RTF)
        if packed is not None and not self.message.html:
            body = rtf.read_rtf(rtf.decompress(packed.data))
            self.message.html = body.html
            self.message.text = self.message.text or body.text

    def _author(self) -> Address | None:
        own = self._properties
        sent = self._person(own, _P_SENT_NAME, _P_SENT_SMTP, _P_SENT_ADDRESS)
        return sent or self._person(own, _P_SENDER_NAME, _P_SENDER_SMTP, _P_SENDER_ADDRESS)

    def _person(
        self, row: dict[int, Property], name: int, smtp: int, address: int
    ) -> Address | None:
        texts = [
            clean(row[key].text(self._codec)).strip() if key in row else ""
            for key in (name, smtp, address)
        ]
        # an Exchange address ("/o=...") is nobody's mail address
        found = next((x for x in texts[1:] if "@" in x and " " not in x), "")
        return Address(texts[0], found) if found or texts[0] else None

    def _value(self, identifier: int) -> str:
        found = self._properties.get(identifier)
        return clean(found.text(self._codec)).strip() if found else ""

    def _text(self, content: bytes) -> str:
        return clean(content[:_MAX_BODY].rstrip(b"\x00").decode(self._codec, "replace"))


def _charset(page: int) -> str:
    """Return the charset of a Windows code page."""
    known = {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 50220: "iso-2022-jp"}
    if 28591 <= page <= 28605:
        return f"iso-8859-{page - 28590}"
    return known.get(page) or f"cp{page}"


def _guessed_type(file: TnefFile) -> str:
    if file.message:
        return "message/rfc822"
    return type_of(file.name)
