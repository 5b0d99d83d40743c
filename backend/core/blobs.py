"""Raw mails and attachments on disk, addressed by the SHA-256 of their bytes (MAIL.md M1, A5).

A blob is written to a temporary name, fsynced, renamed, and its folder fsynced: once `put`
returns, a power cut can't lose it. The path is the hash, never a name from a mail.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

import zstandard
from django.conf import settings

from backend.core.crashpoints import crashpoint

_HASH = re.compile(r"[0-9a-f]{64}")
_LEVEL = 3


class BlobMissing(Exception):
    """No blob has this hash, or its bytes no longer match it."""


class BlobStoreUnusable(Exception):
    """The blob folder is full, read-only or unreadable; the text says which folder and why."""


def _folder() -> Path:
    return Path(settings.DESK_DATA_DIR) / "blobs"


def _path(sha256: str) -> Path:
    if not _HASH.fullmatch(sha256):
        raise BlobMissing(f"{sha256[:80]!r} is not a SHA-256.")
    return _folder() / sha256[:2] / sha256[2:4] / f"{sha256}.zst"


def put(content: bytes) -> str:
    """Store `content` durably and return its SHA-256 in hexadecimal."""
    return put_many([content])[0]


def put_many(contents: Iterable[bytes]) -> list[str]:
    """Store several blobs; each changed folder is fsynced once. Hashes come in the same order.

    Raises BlobStoreUnusable when the folder is full or read-only; blobs written before that
    stay (they are harmless: nothing refers to them yet).
    """
    hashes: list[str] = []
    changed: set[Path] = set()
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    try:
        for content in contents:
            sha256 = hashlib.sha256(content).hexdigest()
            hashes.append(sha256)
            path = _path(sha256)
            # Also for a blob that is there: whoever wrote it may not have synced its name yet.
            changed.add(path.parent)
            if path.exists():
                continue
            _make_folder(path.parent, changed)
            _write(path, compressor.compress(content))
        for folder in changed:
            _sync_folder(folder)
    except OSError as error:
        raise BlobStoreUnusable(
            f"Mails and attachments can't be stored in {_folder()}: {error.strerror}. "
            "Free some space or make the folder writable."
        ) from error
    return hashes


def _make_folder(folder: Path, changed: set[Path]) -> None:
    missing = list(takewhile(lambda one: not one.is_dir(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    # The new folders' own names must survive a power cut too.
    changed.update(one.parent for one in missing)


def _write(path: Path, compressed: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(compressed)
            file.flush()
            os.fsync(file.fileno())
        crashpoint("blob_before_rename")
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def get(sha256: str) -> bytes:
    """The bytes with this hash; raises BlobMissing when absent or damaged, BlobStoreUnusable
    when the folder can't be read."""
    try:
        content = zstandard.ZstdDecompressor().decompress(_path(sha256).read_bytes())
    except FileNotFoundError as error:
        raise BlobMissing(f"No stored bytes for {sha256}.") from error
    except OSError as error:
        raise BlobStoreUnusable(
            f"Mails and attachments can't be read from {_folder()}: {error.strerror}. "
            "Mount or mend the folder."
        ) from error
    except zstandard.ZstdError as error:
        raise BlobMissing(f"The stored bytes of {sha256} are damaged.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobMissing(f"The stored bytes of {sha256} are damaged.")
    return content


def writable() -> bool:
    """True when a blob can be written now (used by /readyz)."""
    changed: set[Path] = set()
    try:
        _make_folder(_folder(), changed)
        for folder in changed:
            _sync_folder(folder)
        with tempfile.TemporaryFile(dir=_folder()) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError:
        return False
    return True
