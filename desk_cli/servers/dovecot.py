"""A private Dovecot on loopback ports: IMAP without TLS and, with a certificate, with TLS.

It runs wholly as one unprivileged account. Either every address is accepted with one password
(the demo room) or accounts are added one by one (tests).
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from desk_cli import account as accounts
from desk_cli import process
from desk_cli.errors import StepFailed
from desk_cli.ports import free_port
from desk_cli.process import Child
from desk_cli.servers import maildir

START_SECONDS = 30.0
LONGEST_SOCKET_FOLDER = 70  # sun_path holds 108 bytes, Dovecot adds up to 30 of its own
CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {base}
state_dir = {base}
log_path = /dev/stderr
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:~/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = optimized
mail_max_userip_connections = 200
# Linux grants an account 128 inotify instances; whoever gets none looks this often.
mailbox_idle_check_interval = 1 secs
auth_mechanisms = plain login{mechanisms}
disable_plaintext_auth = no
auth_failure_delay = 0 secs
{tls}
passdb {{
{passdb}
}}
{oauth}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Junk {{
    special_use = \\Junk
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = {imaps}
  }}
}}
service imap {{
  process_limit = 400
}}
"""
OAUTH = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
"""
ASKING = """\
introspection_url = {url}
introspection_mode = auth
username_attribute = email
active_attribute = active
active_value = true
"""


def program() -> str | None:
    """Dovecot's server when a version we can configure (2.3) is installed, else None."""
    path = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        return None
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return path if re.match(r"2\.3\.", answer.stdout) else None


class Dovecot:
    """One private IMAP server under `root`.

    `shared_password`: every address may log in with it; without it add_user() names accounts.
    `tls`: also listen with TLS on `tls_port`, with a self-made certificate at `certificate`.
    `tokens`: the address (http) that says whose an OAuth token is; XOAUTH2 and OAUTHBEARER then
    work besides the password.
    """

    def __init__(
        self,
        root: Path,
        *,
        shared_password: str | None = None,
        tls: bool = False,
        port: int | None = None,
        log: Path | None = None,
        tokens: str = "",
    ) -> None:
        self.folder, self.shared_password, self.tls = root, shared_password, tls
        self.tokens = tokens
        self.port = port
        self.tls_port = 0
        self.log = log or root.parent / f"{root.name}.log"
        self.account = accounts.server_account()
        self.child: Child | None = None
        self.root = root
        self._sockets: Path | None = None

    @property
    def certificate(self) -> Path:
        """The self-made certificate (PEM); a client trusts it as its own authority."""
        return self.root / "cert.pem"

    def start(self) -> Dovecot:
        """Start and wait for the greeting; raises StepFailed."""
        path = program()
        if path is None:
            raise StepFailed(
                "Dovecot 2.3 was not found.",
                advice="Install it, as root: apt-get install -y dovecot-imapd",
            )
        self.root = accounts.own_folder(self.folder, self.account)
        process.end_all(process.working_in(self._base(), "dovecot"), signal.SIGTERM, 5)
        self.port = self.port or free_port()
        if self.tls and not self.tls_port:
            self.tls_port = free_port()
            self._make_certificate()
        config = self._write_config()
        self.child = Child(
            "dovecot",
            [path, "-F", "-c", str(config)],
            log=self.log,
            cwd=self._base(),
            account=self.account,
        )
        self.child.start()
        child = self.child
        process.wait_until(lambda: not child.running or self._greets(), START_SECONDS)
        if not child.running or not self._greets():
            child.kill()
            raise StepFailed(
                "Dovecot did not start.", tail=child.log_tail(), advice=f"Its log: {self.log}"
            )
        return self

    def _base(self) -> Path:
        """Where its sockets lie: under root, or in a short temporary folder."""
        inside = self.root / "run"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            inside.mkdir(exist_ok=True)
            accounts.give_folder(inside, self.account)
            return inside
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="desk-imap-", dir="/tmp"))
            accounts.give_folder(self._sockets, self.account)
        return self._sockets

    def _write_config(self) -> Path:
        account = self.account
        uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
        if self.shared_password is None:
            users = f"{self.root}/users/%u"
            passdb = f"  driver = passwd-file\n  args = scheme=PLAIN username_format=%u {users}"
        else:
            passdb = f"  driver = static\n  args = password={self.shared_password}"
        tls = "ssl = no"
        if self.tls:
            tls = f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.root}/key.pem"
        mechanisms = oauth = ""
        if self.tokens:
            mechanisms, oauth = " xoauth2 oauthbearer", OAUTH.format(root=self.root)
            asking = self.root / "oauth2.conf"
            asking.write_text(ASKING.format(url=self.tokens))
            accounts.give(asking, account)
        config = self.root / "dovecot.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(
                root=self.root,
                base=self._base(),
                user=pwd.getpwuid(uid).pw_name,
                group=grp.getgrgid(gid).gr_name,
                uid=uid,
                gid=gid,
                port=self.port,
                tls_port=self.tls_port,
                imaps="yes" if self.tls else "no",
                tls=tls,
                passdb=passdb,
                mechanisms=mechanisms,
                oauth=oauth,
            )
        )
        accounts.give(config, account)
        return config

    def _make_certificate(self) -> None:
        if self.certificate.exists():
            return
        answer = subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-keyout", str(self.root / "key.pem"), "-out", str(self.certificate),
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if answer.returncode:
            raise StepFailed("openssl could not make a certificate.", tail=answer.stderr)
        accounts.give(self.certificate, self.account)
        accounts.give(self.root / "key.pem", self.account)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port or 0), 1.0) as link:
                return link.recv(64).startswith(b"* OK")
        except OSError:
            return False

    def add_user(self, address: str, password: str) -> Path:
        """Make an account while it runs or not; returns its Maildir.

        One file per account: a common one would be read again only in the next second.
        """
        users = self.root / "users"
        users.mkdir(mode=0o700, exist_ok=True)
        accounts.give_folder(users, self.account)
        entry = users / address
        entry.touch(mode=0o600)
        entry.write_text(f"{address}:{{PLAIN}}{password}\n")
        accounts.give(entry, self.account)
        return self.mailbox(address)

    def mailbox(self, address: str, folder: str = "INBOX") -> Path:
        """The Maildir of an address (or of one of its folders), made when missing."""
        for parent in (self.root / "mail", self.root / "mail" / address):
            parent.mkdir(mode=0o700, exist_ok=True)
            accounts.give_folder(parent, self.account)
        box = maildir.make(self.root / "mail" / address / "Maildir", self.account)
        return box if folder == "INBOX" else maildir.make(box / f".{folder}", self.account)

    def deliver(self, address: str, raw: bytes, folder: str = "INBOX") -> Path:
        """Put one mail into a folder as a mail server would; returns its file."""
        return maildir.deliver(self.mailbox(address, folder), raw, self.account)

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """What lies in a folder, oldest first."""
        return maildir.mails(self.mailbox(address, folder))

    def renew_uidvalidity(self, address: str) -> None:
        """Forget the UIDs of an account's INBOX: the next login sees another UIDVALIDITY."""
        box = self.mailbox(address)
        # dovecot-uidvalidity stays: it holds the last value given out, the next one is higher.
        (box / "dovecot-uidlist").unlink(missing_ok=True)
        for file in box.glob("dovecot.index*"):
            file.unlink()

    @property
    def running(self) -> bool:
        """Whether the master process lives."""
        return self.child is not None and self.child.running

    def stop(self) -> None:
        """Orderly end; mail is kept. Safe to call twice."""
        if self.child:
            self.child.stop()
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def kill9(self) -> None:
        """SIGKILL to the whole server, as a fault would."""
        if self.child:
            self.child.kill()

    def __enter__(self) -> Dovecot:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
