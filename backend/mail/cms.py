"""What an S/MIME file is, and the mail inside a signed one (RFC 5652, RFC 8551 3.5).

Reads BER by hand: a few headers deep, without recursion; nothing is verified.
"""

from typing import Literal

Kind = Literal["", "signed", "encrypted", "compressed"]

# 1.2.840.113549.1.7 and 1.2.840.113549.1.9.16.1, without their last arc
_PKCS7 = bytes.fromhex("2a864886f70d0107")
_SMIME = bytes.fromhex("2a864886f70d01091001")
_KINDS: dict[bytes, Kind] = {
    _PKCS7 + b"\x02": "signed",
    _PKCS7 + b"\x03": "encrypted",
    _SMIME + b"\x17": "encrypted",
    _SMIME + b"\x09": "compressed",
}
_SEQUENCE, _OID, _OCTETS, _CHUNKS, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_MAX_CHUNKS = 100_000
_MAX_SKIPPED = 10_000

# a value: tag, offset of its content, offset after it; -1 when only its end marker tells
_Value = tuple[int, int, int]


def kind_of(data: bytes) -> Kind:
    """Return what a CMS structure is, "" when it is none that mail uses."""
    return _outer(data)[0]


def signed_content(data: bytes) -> bytes | None:
    """Return the MIME entity that a SignedData carries, None when there is none to be found."""
    kind, position = _outer(data)
    if kind != "signed":
        return None
    # SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo ... } (5.1)
    for tag in (_EXPLICIT, _SEQUENCE):
        value = _read(data, position)
        if value is None or value[0] != tag:
            return None
        position = value[1]
    for _ in range(2):
        position = _after(data, position)
        if position < 0:
            return None
    for tag in (_SEQUENCE, _OID):
        value = _read(data, position)
        if value is None or value[0] != tag:
            return None
        position = value[1] if tag == _SEQUENCE else value[2]
    wrapper = _read(data, position)
    if wrapper is None or wrapper[0] != _EXPLICIT:
        return None  # a detached signature
    return _octets(data, wrapper[1])


def _outer(data: bytes) -> tuple[Kind, int]:
    """Return the kind of a ContentInfo and the offset of its content (3)."""
    value = _read(data, 0)
    if value is None or value[0] != _SEQUENCE:
        return "", -1
    oid = _read(data, value[1])
    if oid is None or oid[0] != _OID:
        return "", -1
    return _KINDS.get(data[oid[1] : oid[2]], ""), oid[2]


def _read(data: bytes, position: int) -> _Value | None:
    """Read tag and length (X.690 8.1); None when they do not fit the data."""
    if position < 0 or position + 2 > len(data):
        return None
    tag, length = data[position], data[position + 1]
    position += 2
    if tag & 0x1F == 0x1F:
        return None  # no high tag numbers in CMS
    if length == 0x80:
        return (tag, position, -1) if tag & 0x20 else None
    if length > 0x80:
        count = length & 0x7F
        if count > 4 or position + count > len(data):
            return None
        length = int.from_bytes(data[position : position + count], "big")
        position += count
    end = position + length
    return (tag, position, end) if end <= len(data) else None


def _after(data: bytes, position: int) -> int:
    """Return the offset after a value, -1 when it cannot be told."""
    opened = 0
    for _ in range(_MAX_SKIPPED):
        value = _read(data, position)
        if value is None:
            return -1
        tag, start, end = value
        if end < 0:
            opened += 1
            position = start
        else:
            position = end
            if tag == 0 and start == end:
                opened -= 1
        if opened <= 0:
            return position
    return -1


def _octets(data: bytes, position: int) -> bytes | None:
    """Return an OCTET STRING, primitive or in chunks (X.690 8.7)."""
    value = _read(data, position)
    if value is None:
        return None
    tag, start, end = value
    if tag == _OCTETS:
        return data[start:end]
    if tag != _CHUNKS:
        return None
    chunks: list[bytes] = []
    position = start
    while len(chunks) < _MAX_CHUNKS and (end < 0 or position < end):
        chunk = _read(data, position)
        if chunk is None:
            return None
        if chunk[0] != _OCTETS:
            break
        chunks.append(data[chunk[1] : chunk[2]])
        position = chunk[2]
    return b"".join(chunks)
