"""Delivery into Maildirs (the format of qmail's maildir(5)): written in tmp/, renamed into new/."""

from __future__ import annotations

import itertools
import os
import socket
import time
from pathlib import Path

from desk_cli import account as accounts
from desk_cli.account import Account

_serial = itertools.count(1)


def make(box: Path, account: Account | None) -> Path:
    """A Maildir at `box` (kept when it is there), owned by the account; returns `box`."""
    for part in ("cur", "new", "tmp"):
        folder = box / part
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            accounts.give(folder, account)
    accounts.give_folder(box, account)
    return box


def deliver(box: Path, raw: bytes, account: Account | None) -> Path:
    """Store one mail; returns its path in new/. It is on disk before it is visible."""
    make(box, account)
    name = f"{time.time_ns()}.P{os.getpid()}Q{next(_serial)}.{socket.gethostname()}"
    draft = box / "tmp" / name
    with draft.open("wb") as target:
        target.write(raw)
        target.flush()
        os.fsync(target.fileno())
    accounts.give(draft, account)
    return draft.rename(box / "new" / name)


def mails(box: Path) -> list[bytes]:
    """The bytes of every mail in new/ and cur/, oldest first."""
    found = [entry for part in ("new", "cur") for entry in (box / part).glob("*")]
    return [entry.read_bytes() for entry in sorted(found, key=lambda entry: entry.name)]
