"""Message ids and reply addresses that name what is ours and cannot be guessed (T1, T2, T19)."""

import base64
import hashlib
import hmac
import re
from uuid import UUID

_MAC_BYTES = 12  # 96 bits, above the 80 that T1 asks for
_ID = re.compile(r"<?t\.([0-9a-f]{32})\.([0-9a-f]{24})@[^@\s<>]{1,255}>?", re.IGNORECASE)
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})")


def _mac(message_uuid: UUID, key: bytes) -> str:
    # the prefix separates this use of the key from any other use of it
    digest = hmac.new(key, b"message-id\x00" + message_uuid.bytes, hashlib.sha256).digest()
    return digest[:_MAC_BYTES].hex()


def make_message_id(message_uuid: UUID, domain: str, key: bytes) -> str:
    """Return "t.{uuid hex}.{mac}@domain", without angle brackets.

    Raises ValueError when the key is shorter than 16 bytes or the domain cannot
    stand in a header.
    """
    if len(key) < 16:
        raise ValueError("the key for message ids needs at least 16 bytes")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"not a domain for a message id: {domain!r}")
    return f"t.{message_uuid.hex}.{_mac(message_uuid, key)}@{domain.lower()}"


def read_message_id(value: str, key: bytes) -> UUID | None:
    """Return the UUID of one of our ids, or None when it is not ours or is forged.

    Accepts the id with or without angle brackets and in any case. The domain is
    not part of the proof: mailboxes of several domains share one key.
    """
    match = _ID.fullmatch(value.strip())
    if match is None:
        return None
    message_uuid = UUID(hex=match[1])
    if hmac.compare_digest(_mac(message_uuid, key), match[2].lower()):
        return message_uuid
    return None


def looks_like_ours(value: str, domain: str) -> bool:
    """Say whether a Message-ID has the form and the domain of ours, whoever made it (T2)."""
    stripped = value.strip().strip("<>").lower()
    return _ID.fullmatch(stripped) is not None and stripped.rpartition("@")[2] == domain.lower()


_ADDRESS_MAC_BYTES = 10  # T1: 80 bits; 16 letters that survive a change of case
_TAG = re.compile(r"(a?)([1-9][0-9]{0,17})\.([a-z2-7]{16})")
_LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1


def _address_mac(purpose: bytes, number: int, person: bytes, key: bytes) -> str:
    digest = hmac.new(key, b"%s\x00%d\x00%s" % (purpose, number, person), hashlib.sha256).digest()
    return base64.b32encode(digest[:_ADDRESS_MAC_BYTES]).decode().lower()


def make_reply_address(address: str, number: int, key: bytes) -> str:
    """Return "local+NUMBER.MAC@domain", where answers about ticket `number` go (T1).

    Where the local part would be too long for SMTP, the address comes back as it is.
    """
    return _tagged(address, f"{number}.{_address_mac(b'reply', number, b'', key)}")


def make_agent_address(address: str, number: int, person: UUID, key: bytes) -> str:
    """Return "local+aNUMBER.MAC@domain": where one person answers a ticket by mail (T19)."""
    return _tagged(address, f"a{number}.{_address_mac(b'agent', number, person.bytes, key)}")


def _tagged(address: str, tag: str) -> str:
    local, _, domain = address.rpartition("@")
    tagged = f"{local}+{tag}"
    return f"{tagged}@{domain}" if len(tagged.encode()) <= _LONGEST_LOCAL_PART else address


def read_reply_address(address: str, key: bytes) -> int | None:
    """Return the ticket number of a reply address, None when it is none of ours or forged."""
    match = _tag_of(address)
    if match is None or match[1]:
        return None
    number = int(match[2])
    known = hmac.compare_digest(_address_mac(b"reply", number, b"", key), match[3])
    return number if known else None


def looks_like_agent_address(address: str) -> bool:
    """Say whether an address has the form of one made for an agent, whoever made it."""
    match = _tag_of(address)
    return match is not None and bool(match[1])


def read_agent_address(address: str, person: UUID, key: bytes) -> int | None:
    """Return the ticket number of an agent address made for `person`, else None."""
    match = _tag_of(address)
    if match is None or not match[1]:
        return None
    number = int(match[2])
    known = hmac.compare_digest(_address_mac(b"agent", number, person.bytes, key), match[3])
    return number if known else None


def without_tag(address: str) -> str:
    """Return the address without a plus tag: where mail to it arrives (T21)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _tag_of(address: str) -> re.Match[str] | None:
    local = address.strip().lower().rpartition("@")[0]  # T21: case does not count
    return _TAG.fullmatch(local.partition("+")[2])
