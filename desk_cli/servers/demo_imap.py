"""The demo room's IMAP server where Dovecot is not installed: pymap over the same Maildirs.

Every address of the room can log in with the shared password; its account is written on first
login. Started by desk_cli.servers.demo_room with the project's Python.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from pymap.backend.maildir import Config, Login, MaildirBackend
from pymap.backend.maildir import mailbox as pymap_mailbox
from pymap.backend.maildir.users import PasswordsFile, UsersFile
from pymap.concurrent import Event
from pymap.imap import IMAPService
from pymap.main import run
from pymap.selected import SelectedMailbox

from desk_cli.servers.demo_smtp import box_of

FOLDERS = ("", ".Sent", ".Trash")
# What pymap's own command line would have set.
PYMAP_DEFAULTS: dict[str, Any] = {
    "cert": None,
    "key": None,
    "tls": False,
    "debug": False,
    "passlib_cfg": None,
    "proxy_protocol": None,
    "inherited_sockets": None,
    "set_uid": None,
    "set_gid": None,
    "concurrency": None,
    "layout": "++",
    "colon": None,
}


LOOKS, LOOK_SECONDS = 10, 0.1


class RoomMailbox(pymap_mailbox.MailboxData):
    """pymap's mailbox, except that in IDLE a new mail is seen at once and not a second later."""

    async def update_selected(
        self, selected: SelectedMailbox, *, wait_on: Event | None = None
    ) -> SelectedMailbox:
        """As pymap's: wait for a change when `wait_on` is given, then read the mailbox."""
        if wait_on is not None:
            before = self._changed_at()
            for _ in range(LOOKS):
                await wait_on.wait(timeout=LOOK_SECONDS)
                if wait_on.is_set() or self._changed_at() != before:
                    break
            await self.reset()  # gives new mails their UIDs
        return await super().update_selected(selected)

    def _changed_at(self) -> list[int]:
        return [(Path(self._path) / part).stat().st_mtime_ns for part in ("new", "cur")]


class RoomLogin(Login):
    """Opens an account for any address of the room before the password is checked."""

    def __init__(self, config: Config, digest: str) -> None:
        super().__init__(config)
        self._digest = digest

    async def authenticate(self, credentials: Any) -> Any:
        """As pymap's, after the account exists; a wrong password is still refused."""
        base = Path(self.config.base_dir)
        box = box_of(base, credentials.authcid)
        if box is not None:
            await self._open_account(credentials.authcid, box.relative_to(base), box)
        return await super().authenticate(credentials)

    async def _open_account(self, name: str, relative: Path, box: Path) -> None:
        base = self.config.base_dir
        async with UsersFile.with_write(base) as users, PasswordsFile.with_write(base) as passwords:
            if users.has(name):
                return
            users.set(users.build_record(name, str(relative)))
            passwords.set(passwords.build_record(name, self._digest))
        for folder in FOLDERS:
            for part in ("cur", "new", "tmp"):
                (box / folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)


class RoomBackend(MaildirBackend):
    """pymap's Maildir backend with RoomLogin."""

    @classmethod
    async def init(cls, args: Namespace, **_: Any) -> tuple[RoomBackend, Config]:
        """The backend and its settings; `args.password` is the room's."""
        config = Config.from_args(args)
        for name in (UsersFile.FILE_NAME, PasswordsFile.FILE_NAME):
            # Accounts are made again on login: a password changed meanwhile must not linger.
            (Path(config.base_dir) / name).unlink(missing_ok=True)
        digest = config.hash_context.hash(args.password)
        return cls(RoomLogin(config, digest), config), config


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    vars(pymap_mailbox)["MailboxData"] = RoomMailbox  # pymap has no other place to name it
    args = Namespace(
        **PYMAP_DEFAULTS,
        host=["127.0.0.1"],
        port=str(given.port),
        base_dir=str(given.root),
        password=given.password_file.read_text().strip(),
    )
    asyncio.run(run(args, RoomBackend, [IMAPService]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
