"""TNEF streams for tests, built attribute by attribute (MS-OXTNEF 2.1)."""

import struct

STRING, UNICODE, BINARY, OBJECT, LONG = 0x1E, 0x1F, 0x102, 0x0D, 0x03
GUID = bytes(range(16))


def stream(*attributes: bytes) -> bytes:
    """Return a whole TNEF stream."""
    return b"\x78\x9f\x3e\x22" + b"\x01\x00" + b"".join(attributes)


def attribute(level: int, identifier: int, data: bytes, kind: int = 6) -> bytes:
    """Return one attribute with its checksum."""
    head = struct.pack("<BHHI", level, identifier, kind, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*values: bytes) -> bytes:
    """Return a property list."""
    return struct.pack("<I", len(values)) + b"".join(values)


def value(identifier: int, kind: int, data: bytes | str | int, name: bytes = b"") -> bytes:
    """Return one property; a text is written in the kind's own coding."""
    head = struct.pack("<HH", kind, identifier) + name
    if isinstance(data, int):
        return head + struct.pack("<I", data)
    if isinstance(data, str):
        data = data.encode("utf-16-le" if kind == UNICODE else "cp1252", "replace")
        data += b"\x00\x00" if kind == UNICODE else b"\x00"
    padding = b"\x00" * (-len(data) % 4)
    return head + struct.pack("<II", 1, len(data)) + data + padding


def string_name(name: str) -> bytes:
    """Return the name of a named property (identifiers from 0x8000 on)."""
    data = name.encode("utf-16-le") + b"\x00\x00"
    return GUID + struct.pack("<II", 1, len(data)) + data + b"\x00" * (-len(data) % 4)


def message(*values: bytes) -> bytes:
    """Return the attribute with the properties of the message."""
    return attribute(1, 0x9003, properties(*values))


def file(*values: bytes, data: bytes | None = None, title: str | None = None) -> bytes:
    """Return the attributes of one attached file."""
    pieces = [attribute(2, 0x9002, b"\x01\x00" + b"\x00" * 12)]
    if title is not None:
        pieces.append(attribute(2, 0x8010, title.encode("cp1252") + b"\x00", 1))
    if data is not None:
        pieces.append(attribute(2, 0x800F, data))
    if values:
        pieces.append(attribute(2, 0x9005, properties(*values)))
    return b"".join(pieces)


def embedded(inner: bytes, *values: bytes, title: str = "Untitled Attachment") -> bytes:
    """Return the attributes of a message inside the message."""
    return file(value(0x3701, OBJECT, GUID + inner), *values, data=b"stub", title=title)


def compressed(rtf: bytes) -> bytes:
    """Return RTF as PidTagRtfCompressed with literals only (MS-OXRTFCP 2.1.3.1.5)."""
    body = b"".join(b"\x00" + rtf[x : x + 8] for x in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, 0) + body
