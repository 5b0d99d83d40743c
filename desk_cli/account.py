"""The unprivileged account that servers run as when we are root, and what it can reach."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from desk_cli.errors import DeskError
from desk_cli.progress import say

SHARED = Path("/var/lib/send-emails-desk")
MADE_FOR = "made-for"  # in a folder that lies elsewhere: the path of the link to it


@dataclass(frozen=True)
class Account:
    """An operating system account."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """`nobody` when we are root (PostgreSQL refuses root), else None: we stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise DeskError(
            "there is no account named nobody: start the desk as an ordinary user."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(path: Path, account: Account | None) -> bool:
    """Whether the account may step through every folder down to and into `path`."""
    if account is None:
        return True
    path = path.resolve()
    return all(_may_enter(folder, account) for folder in (path, *path.parents) if folder.is_dir())


def _may_enter(folder: Path, account: Account) -> bool:
    info = folder.stat()
    if info.st_uid == account.uid:
        return bool(info.st_mode & stat.S_IXUSR)
    if info.st_gid == account.gid:
        return bool(info.st_mode & stat.S_IXGRP)
    return bool(info.st_mode & stat.S_IXOTH)


def shared_folder() -> Path:
    """A folder every account can step into, for what must not lie under a closed home."""
    for folder in (SHARED, Path(tempfile.gettempdir()) / f"send-emails-desk-{os.geteuid()}"):
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        info = folder.stat()
        if info.st_uid == os.geteuid():
            folder.chmod(0o755)
            return folder
    raise DeskError(f"{SHARED} can't be made: start the desk as an ordinary user.")


def own_folder(path: Path, account: Account | None) -> Path:
    """A private folder (0700) of the account at `path`; returns where it really lies.

    When the account can't step down to `path` (a closed home of root) the folder is made in
    shared_folder() and `path` becomes a symbolic link to it.
    """
    if account is None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path
    if path.is_symlink() and not path.exists():
        path.unlink()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        if can_reach(path.parent, account):
            path.mkdir(mode=0o700)
        else:
            _make_elsewhere(path, account)
    real = path.resolve()
    if path.is_symlink():
        _refuse_a_copy(path, real)
    if not can_reach(real.parent, account):
        raise DeskError(
            f"{real} can't be reached by the account {account.name}, which runs the servers: "
            "open the folders above it (chmod o+x) or choose another --data DIR."
        )
    owner = real.stat().st_uid
    if owner not in {os.geteuid(), account.uid}:
        raise DeskError(
            f"{real} belongs to {account_name(owner)}: start the desk as that account, "
            "or choose another --data DIR."
        )
    os.chown(real, account.uid, account.gid)
    return real


def _make_elsewhere(path: Path, account: Account) -> None:
    elsewhere = shared_folder() / f"data-{secrets.token_hex(6)}"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / MADE_FOR).write_text(str(path.absolute()), encoding="utf-8")
    path.symlink_to(elsewhere)
    say(f"\n  {path} lies in {elsewhere}: the account {account.name} can't step down to it")


def _refuse_a_copy(path: Path, real: Path) -> None:
    """Two links to one folder are a copied data folder: two servers would share one database."""
    mark = real / MADE_FOR
    owner = Path(mark.read_text(encoding="utf-8")) if mark.exists() else path.absolute()
    if owner != path.absolute() and owner.is_symlink() and owner.resolve() == real:
        raise DeskError(
            f"{path} is a copied link to {real}, which belongs to {owner}: "
            f"delete {path} to begin with an empty one, or use the original data folder."
        )
    mark.write_text(str(path.absolute()), encoding="utf-8")


def account_name(uid: int) -> str:
    """The name of an account, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def give(path: Path, account: Account | None) -> None:
    """Hand a file or a whole folder to the account; nothing to do when we are not root."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if path.is_dir() and not path.is_symlink():
        for folder, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(Path(folder) / name, account.uid, account.gid, follow_symlinks=False)


def give_folder(path: Path, account: Account | None) -> None:
    """Hand over a folder itself, not what is in it."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def remove_own_folder(path: Path) -> None:
    """Delete a folder made by own_folder(), also when it lies elsewhere behind a link."""
    real = path.resolve()
    if real.exists():
        shutil.rmtree(real)
    if path.is_symlink():
        path.unlink()
