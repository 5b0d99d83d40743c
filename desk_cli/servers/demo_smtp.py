"""The demo room's SMTP server: mail for anybody@demo.local goes into Maildirs on this machine.

Started by desk_cli.servers.demo_room with the project's Python (it needs aiosmtpd).
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import re
import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from desk_cli import account as accounts
from desk_cli.account import Account
from desk_cli.servers import maildir

DOMAIN = "demo.local"
LARGEST = 50 * 1024 * 1024
LOCAL_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


def box_of(root: Path, address: str) -> Path | None:
    """The Maildir of an address of the room; None for other domains and odd names."""
    local, _, domain = address.rpartition("@")
    if domain.lower() != DOMAIN or not LOCAL_PART.fullmatch(local) or ".." in local:
        return None
    return root / "mail" / f"{local.lower()}@{DOMAIN}" / "Maildir"


class Room:
    """aiosmtpd's handler: refuses other domains, stores the rest."""

    def __init__(self, root: Path, account: Account | None) -> None:
        self.root, self.account = root, account

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept *@demo.local only (RFC 5321 3.3: 550 for the rest)."""
        if box_of(self.root, address) is None:
            return f"550 5.1.2 only addresses at {DOMAIN} live in the demo room"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Store one copy for each recipient before saying 250."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        trace = f"Return-Path: <{envelope.mail_from or ''}>\r\n".encode()
        try:
            for address in dict.fromkeys(envelope.rcpt_tos):
                box = box_of(self.root, address)
                if box is not None:
                    for parent in (box.parent.parent, box.parent):
                        parent.mkdir(mode=0o700, exist_ok=True)
                        accounts.give_folder(parent, self.account)
                    maildir.deliver(box, trace + raw, self.account)
        except OSError as error:
            print(f"could not store: {error}", file=sys.stderr, flush=True)
            return "452 4.3.1 no room to store the mail"
        return "250 2.0.0 stored"


def authenticator(password: str):  # type: ignore[no-untyped-def]  # aiosmtpd has no types
    """Accept any address of the room with the shared password."""

    def check(
        _server: object, _session: object, _envelope: object, _name: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        right = hmac.compare_digest(data.password, password.encode())
        return AuthResult(success=right, handled=False)

    return check


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    given = parser.parse_args()
    password = given.password_file.read_text().strip()
    loop = asyncio.new_event_loop()
    controller = Controller(
        Room(given.root, accounts.server_account()),
        hostname="127.0.0.1",
        port=given.port,
        data_size_limit=LARGEST,
        enable_SMTPUTF8=True,
        auth_require_tls=False,
        authenticator=authenticator(password),
        ident="Send Emails Desk demo room",
        server_hostname="demo.local",
    )
    controller.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.run_until_complete(stopped.wait())
    controller.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
