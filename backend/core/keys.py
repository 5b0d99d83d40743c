"""Keys and sealed secrets.

Mailbox passwords are sealed with AES-256-GCM under DESK_ENCRYPTION_KEY, bound to their place
(table:row:column) so that a sealed value copied into another row does not open (SECURITY.md V11).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = "v1"
_NONCE_BYTES = 12


class UnreadableSecret(Exception):
    """A sealed value does not open: another key, another place, or damaged bytes."""


def derived_key(purpose: str) -> bytes:
    """32 bytes derived from DESK_SECRET_KEY for one purpose, so that purposes share no key."""
    return _derived(settings.SECRET_KEY, purpose)


@lru_cache(maxsize=32)  # every id in every mail is checked with one
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"desk:{purpose}".encode(), hashlib.sha256).digest()


def encryption_key() -> bytes:
    """DESK_ENCRYPTION_KEY as 32 bytes; raises UnreadableSecret when it is not 32 bytes base64."""
    try:
        key = base64.urlsafe_b64decode(settings.DESK_ENCRYPTION_KEY)
    except (ValueError, binascii.Error) as error:
        raise UnreadableSecret("DESK_ENCRYPTION_KEY is not base64.") from error
    if len(key) != 32:
        raise UnreadableSecret("DESK_ENCRYPTION_KEY must be 32 random bytes in urlsafe base64.")
    return key


def seal(plain: str, *, place: str) -> str:
    """`plain` encrypted for `place` ("mailboxes:<id>:imap_password"); "" stays ""."""
    if not plain:
        return ""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(encryption_key()).encrypt(nonce, plain.encode(), place.encode())
    return f"{_VERSION}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, place: str) -> str:
    """The text given to `seal` for the same `place`; raises UnreadableSecret otherwise."""
    if not sealed:
        return ""
    version, _, body = sealed.partition(":")
    if version != _VERSION:
        # What stands there may be a password somebody wrote into the table: never repeat it.
        raise UnreadableSecret(
            "A stored password was not sealed by this version of the desk: type it again."
        )
    try:
        data = base64.b64decode(body)
        opened = AESGCM(encryption_key()).decrypt(
            data[:_NONCE_BYTES], data[_NONCE_BYTES:], place.encode()
        )
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise UnreadableSecret(
            "A stored password can't be opened with this DESK_ENCRYPTION_KEY: "
            "put the old key back, or type the password again."
        ) from error
    return opened.decode()
