"""Message ids that name our own message and cannot be guessed (T1, T2)."""

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
