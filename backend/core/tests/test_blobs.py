"""Blobs on a real disk: durable once stored, the same bytes once, damage noticed."""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard
from pytest_django.fixtures import Settings

from backend.core import blobs
from backend.core.blobs import BlobMissing, BlobStoreUnusable

CONTENT = "Olá, o pedido ainda não chegou.".encode() * 50


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The data folder of a desk that has stored nothing yet."""
    settings.DESK_DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "blobs"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def file_of(folder: Path, sha256: str) -> Path:
    (found,) = folder.rglob(f"{sha256}*")
    return found


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is fsynced from now on, in order; it is fsynced all the same."""
    names: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        names.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    return names


@pytest.mark.parametrize("content", [b"", b"\0", CONTENT, os.urandom(300_000)])
def test_what_is_stored_is_found_by_its_hash(content: bytes):
    sha256 = blobs.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert blobs.get(sha256) == content


def test_several_blobs_give_their_hashes_in_order():
    contents = [b"b", b"a", b"b", b"c"]
    assert [blobs.get(one) for one in blobs.put_many(contents)] == contents
    assert blobs.put_many([]) == []


def test_the_same_bytes_are_kept_once(folder: Path):
    first = blobs.put(CONTENT)
    written = file_of(folder, first).stat()
    assert blobs.put(CONTENT) == first
    (only,) = files(folder)
    assert (only.stat().st_ino, only.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_the_file_and_every_new_folder_above_it_are_synced(folder: Path, synced: list[str]):
    path = file_of(folder, blobs.put(CONTENT))
    assert Path(synced[0]).parent == path.parent, "the bytes come first, under a temporary name"
    # blobs/aa/bb in data/: all of them are new, and so is data's name in the folder that was there.
    expected = [path.parent, path.parent.parent, folder, folder.parent, folder.parent.parent]
    assert {str(one) for one in expected} <= set(synced)


def test_a_folder_made_by_the_look_whether_it_is_writable_is_synced_too(
    folder: Path, synced: list[str]
):
    assert blobs.writable() is True
    assert set(synced) == {str(folder.parent), str(folder.parent.parent)}


def test_a_blob_that_is_there_is_synced_again_as_its_writer_may_be_between_two_steps(
    folder: Path, synced: list[str]
):
    path = file_of(folder, blobs.put(CONTENT))
    synced.clear()
    blobs.put(CONTENT)
    assert synced == [str(path.parent)]


def test_many_blobs_of_one_folder_sync_it_once(folder: Path, synced: list[str]):
    blobs.put_many([CONTENT] * 3)
    assert synced.count(str(files(folder)[0].parent)) == 1


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "\n"])
def test_what_was_never_stored_is_missing(sha256: str):
    with pytest.raises(BlobMissing):
        blobs.get(sha256)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not zstandard"),
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        lambda path: path.write_bytes(zstandard.compress(b"other bytes")),
    ],
    ids=["emptied", "overwritten", "cut short", "exchanged"],
)
def test_damaged_bytes_are_never_given_out(folder: Path, damage: Callable[[Path], object]):
    sha256 = blobs.put(CONTENT)
    damage(file_of(folder, sha256))
    with pytest.raises(BlobMissing, match="damaged"):
        blobs.get(sha256)


def test_a_folder_that_can_not_be_made_is_named_with_what_to_do(folder: Path):
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    with pytest.raises(BlobStoreUnusable, match="make the folder writable") as caught:
        blobs.put(CONTENT)
    assert str(folder) in str(caught.value)
    assert blobs.writable() is False
    with pytest.raises(BlobStoreUnusable, match="Mount or mend"):
        blobs.get("0" * 64)


def test_a_full_disk_refuses_the_blob_and_leaves_no_half_of_it(folder: Path):
    kept = blobs.put(CONTENT)
    with disk_full_after(1000), pytest.raises(BlobStoreUnusable, match="Free some space"):
        blobs.put_many([b"small", os.urandom(50_000)])
    assert blobs.get(kept) == CONTENT
    assert {path.suffix for path in files(folder)} == {".zst"}
    big = os.urandom(50_000)
    assert blobs.get(blobs.put(big)) == big


def test_a_full_disk_is_not_writable():
    assert blobs.writable() is True
    with disk_full_after(100):
        assert blobs.writable() is False


def test_writers_of_the_same_bytes_do_not_disturb_one_another(folder: Path):
    contents = [os.urandom(2_000) for _ in range(20)]
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(blobs.put_many, [contents] * 8))
    assert all(one == made[0] for one in made)
    assert [blobs.get(one) for one in made[0]] == contents
    assert len(files(folder)) == len(contents)
