"""The demo room: SMTP and IMAP servers on loopback for *@demo.local, no account needed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from desk_cli import account as accounts
from desk_cli import process
from desk_cli.errors import StepFailed
from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.ports import keep_or_choose
from desk_cli.process import Child
from desk_cli.servers import dovecot
from desk_cli.servers.dovecot import Dovecot

START_SECONDS = 60.0


class DemoRoom:
    """Both servers over Maildirs in `folder`; Dovecot when usable, else pymap.

    `smtp_port` and `imap_port` are kept from the last run when they are still free.
    """

    def __init__(
        self,
        folder: Path,
        password_file: Path,
        *,
        logs: Path,
        smtp_port: int | None = None,
        imap_port: int | None = None,
        prefer_dovecot: bool = True,
        instance: str = "",
    ) -> None:
        self.folder, self.password_file, self.logs = folder, password_file, logs
        self.smtp_port = keep_or_choose(smtp_port)
        self.imap_port = keep_or_choose(imap_port)
        self.use_dovecot = prefer_dovecot and dovecot.program() is not None
        self.instance = instance
        self.root = folder
        self._dovecot: Dovecot | None = None
        self._imap: Child | None = None
        self._smtp: Child | None = None

    def start(self) -> None:
        """Start both and wait until both greet; raises StepFailed."""
        account = accounts.server_account()
        self.root = accounts.own_folder(self.folder, account)
        mail = self.root / "mail"
        mail.mkdir(mode=0o700, exist_ok=True)
        accounts.give(mail, account)  # the other IMAP server may have written here last time
        self._smtp = self._python("demo-smtp", "desk_cli.servers.demo_smtp", self.smtp_port)
        self._smtp.start()
        if self.use_dovecot:
            self._dovecot = Dovecot(
                self.folder,
                shared_password=self.password_file.read_text().strip(),
                port=self.imap_port,
                log=self.logs / "demo-imap.log",
            )
            self._dovecot.start()
        else:
            self._imap = self._python("demo-imap", "desk_cli.servers.demo_imap", self.imap_port)
            self._imap.start()
        for child, port, hello in (
            (self._smtp, self.smtp_port, b"220"),
            (self._imap, self.imap_port, b"* OK"),
        ):
            if child is not None:
                self._wait(child, port, hello)

    def _python(self, name: str, module: str, port: int) -> Child:
        command = [str(VENV_PYTHON), "-m", module, "--root", str(self.root), "--port", str(port)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "DESK_INSTANCE": self.instance}
        return Child(
            name,
            [*command, "--password-file", str(self.password_file)],
            log=self.logs / f"{name}.log",
            env=environment,
            cwd=ROOT,
        )

    @staticmethod
    def _wait(child: Child, port: int, hello: bytes) -> None:
        def greets() -> bool:
            try:
                with socket.create_connection(("127.0.0.1", port), 1.0) as link:
                    return link.recv(64).startswith(hello)
            except OSError:
                return False

        process.wait_until(lambda: not child.running or greets(), START_SECONDS, 0.1)
        if not child.running or not greets():
            raise StepFailed(
                f"{child.name} did not start.",
                tail=child.log_tail(),
                advice=f"Its log: {child.log}",
            )

    @property
    def environment(self) -> dict[str, str]:
        """What the desk's processes need to know about the room."""
        return {
            "DESK_DEMO": "1",
            "DESK_DEMO_SMTP_PORT": str(self.smtp_port),
            "DESK_DEMO_IMAP_PORT": str(self.imap_port),
            "DESK_DEMO_PASSWORD_FILE": str(self.password_file),
        }

    @property
    def children(self) -> list[Child]:
        """The processes to watch."""
        imap = self._dovecot.child if self._dovecot else self._imap
        return [child for child in (self._smtp, imap) if child is not None]

    def stop(self) -> None:
        """End both; mail is kept. Safe to call twice."""
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        if self._dovecot:
            self._dovecot.stop()
