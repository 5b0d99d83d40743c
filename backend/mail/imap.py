"""Reading a mailbox by IMAP (RFC 3501, RFC 9051): UIDs only, nothing read is changed (I1-I11).

The commands, behind an interface that knows mails and not commands. No
value taken from a mail ever becomes part of a command (SECURITY 0.3): arguments are
numbers, fixed words and the administrator's folder names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient.exceptions import IMAPClientAbortError

from backend.mail import imap_idle, imap_outline
from backend.mail.imap_connection import (
    ANSWER_ERRORS,
    ImapSettings,
    dropped,
    raise_when_busy,
    server_errors,
)
from backend.mail.imap_folders import Folder, ImapFolders
from backend.mail.server import (
    CommandRefused,
    ConnectFailed,
    FolderMissing,
    LoginFailed,
    MailServerError,
    ProbeStep,
    ServerDropped,
    TlsFailed,
    run_probe,
)

__all__ = [
    "CommandRefused",
    "ConnectFailed",
    "Fetched",
    "Folder",
    "FolderMissing",
    "ImapMailbox",
    "ImapSettings",
    "LoginFailed",
    "MailServerError",
    "ServerDropped",
    "TlsFailed",
    "probe",
]

WINDOW_MAILS = 50
WINDOW_BYTES = 8 * 1024 * 1024
BEGINNING_BYTES = 256 * 1024
_META_WINDOW = 500
_SEARCH_SPAN = 80_000  # UIDs whose answer stays below imaplib's line limit of 1,000,000 bytes
# pushed by the server at any time; imaplib would keep them for ever
_PUSHED = ("EXISTS", "RECENT", "EXPUNGE", "FETCH")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server gave it.

    size: RFC822.SIZE, 0 when the server did not say. internal_date: UTC or None.
    raw: the exact bytes; None when the answer had no content (I7). whole: False when the
    mail is larger than asked for and `raw` holds only its texts or its beginning (I6).
    """

    uid: int
    size: int
    internal_date: datetime | None
    raw: bytes | None
    whole: bool = True


class ImapMailbox(ImapFolders):
    """One connection to one account; use as a context manager.

    Every method raises only MailServerError. After ServerDropped the connection is
    of no more use.
    """

    def __init__(self, settings: ImapSettings) -> None:
        super().__init__(settings)
        self._idles = False

    def uids_above(self, last_uid: int) -> list[int]:
        """Return the UIDs above `last_uid`, ascending (I1)."""
        client = self.client
        for kind in _PUSHED:
            client._imap.untagged_responses.pop(kind, None)
        found: set[int] = set()
        with server_errors("search_imap", "The server refused to list new mail."):
            start = int(last_uid) + 1
            while self._exists > _SEARCH_SPAN and start + _SEARCH_SPAN < self._uidnext:
                found.update(client.search(["UID", f"{start}:{start + _SEARCH_SPAN - 1}"]))
                start += _SEARCH_SPAN
            found.update(client.search(["UID", f"{start}:*"]))
        # "n:*" names the last mail even when its UID is below n (RFC 9051 6.4.8)
        return sorted(uid for uid in found if uid > last_uid)

    def first_uid_since(self, moment: datetime) -> int | None:
        """Return the lowest UID that arrived at or after a moment (INTERNALDATE), else None (I20).

        SINCE knows days alone, in the server's own time zone (RFC 9051 6.4.4): it is asked for
        the day before, and the mails it names for their exact time.
        """
        day = (moment.astimezone(UTC) - timedelta(days=1)).date()
        with server_errors("search_imap", "The server refused to search by date."):
            uids = sorted(self.client.search(["SINCE", day]))
        for start in range(0, len(uids), _META_WINDOW):
            window = uids[start : start + _META_WINDOW]
            meta = self._meta(window)
            for uid in window:
                arrived = meta.get(uid, (0, None))[1]
                if arrived is None or arrived >= moment:
                    return int(uid)
        return None

    def _meta(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
        found: dict[int, tuple[int, datetime | None]] = {}
        with server_errors("fetch_imap", "The server refused to describe mails."):
            for start in range(0, len(uids), _META_WINDOW):
                window = [int(uid) for uid in uids[start : start + _META_WINDOW]]
                for uid, data in self.client.fetch(window, ["RFC822.SIZE", "INTERNALDATE"]).items():
                    size, arrived = data.get(b"RFC822.SIZE"), data.get(b"INTERNALDATE")
                    found[uid] = (
                        size if isinstance(size, int) else 0,
                        arrived.astimezone(UTC) if isinstance(arrived, datetime) else None,
                    )
        return found

    def fetch(
        self, uids: Sequence[int], *, window: int = WINDOW_MAILS, largest: int | None = None
    ) -> Iterator[Fetched]:
        """Yield the mails in the order asked, marking none as read (I4); gone ones are left out.

        Fetches at most `window` mails or 8 MB at a time. A mail whose answer holds no content,
        or cannot be understood, comes with raw=None and the others go on (I7). Of a mail above
        `largest` bytes header and texts come, else the first 256 kB (I6). ServerDropped names
        the UIDs asked for.
        """
        meta = self._meta(uids)
        batch: list[int] = []
        total = 0
        for uid in uids:
            size, arrived = meta.get(uid, (0, None))
            too_large = largest is not None and size > largest
            if batch and (too_large or len(batch) >= window or total + size > WINDOW_BYTES):
                yield from self._window(batch, meta)
                batch, total = [], 0
            if too_large:
                raw = self.without_files(uid) or self.beginning(uid, BEGINNING_BYTES)
                yield Fetched(uid, size, arrived, raw, whole=False)
                continue
            batch.append(uid)
            total += size
        if batch:
            yield from self._window(batch, meta)

    def _window(
        self, uids: list[int], meta: dict[int, tuple[int, datetime | None]]
    ) -> Iterator[Fetched]:
        bodies = self._bodies(uids)
        for uid in uids:
            size, arrived = meta.get(uid, (0, None))
            raw = bodies.pop(uid, None)
            if uid in meta or raw is not None:  # else it was expunged meanwhile
                yield Fetched(uid, size, arrived, None if raw == b"" and size else raw)

    def _bodies(self, uids: list[int]) -> dict[int, bytes]:
        with server_errors("fetch_imap", "The server refused to give a mail."):
            try:
                answer = self.client.fetch(uids, ["BODY.PEEK[]"])
            except (IMAPClientAbortError, OSError) as error:
                raise dropped("fetch_imap", error, uids) from error
            except ANSWER_ERRORS as error:
                raise_when_busy("fetch_imap", error)
                if len(uids) == 1:
                    return {}
                answer = None
        if answer is None:
            # one answer spoils the window: ask for each mail alone, so that only it is missed
            return {uid: raw for one in uids for uid, raw in self._bodies([one]).items()}
        found = ((uid, data.get(b"BODY[]")) for uid, data in answer.items())
        return {uid: raw for uid, raw in found if isinstance(raw, bytes)}

    def without_files(self, uid: int) -> bytes | None:
        """Return a mail too large to fetch with its texts and the names of its files (I6, A11).

        None when the server does not tell the mail's shape, or it has one part only.
        """
        found = self._sections(uid, ["BODYSTRUCTURE", "BODY.PEEK[HEADER]"])
        root = imap_outline.read_outline(found.get("BODYSTRUCTURE"))
        header = found.get("BODY[HEADER]")
        if root is None or not isinstance(header, bytes):
            return None
        wanted = []
        for leaf in imap_outline.leaves(root):
            wanted.append(f"BODY.PEEK[{leaf.section}.MIME]")
            if leaf.is_text:
                wanted.append(f"BODY.PEEK[{leaf.section}]")
        sections = {
            name[5:-1]: content
            for name, content in self._sections(uid, wanted).items()
            if name.startswith("BODY[") and isinstance(content, bytes)
        }
        return imap_outline.assemble(header, root, sections)

    def beginning(self, uid: int, length: int) -> bytes | None:
        """Return the first `length` bytes of a mail, None when the server gives none."""
        found = self._sections(uid, [f"BODY.PEEK[]<0.{int(length)}>"]).get("BODY[]<0>")
        return found if isinstance(found, bytes) else None

    def _sections(self, uid: int, wanted: list[str]) -> dict[str, Any]:
        """Return what the server says of one mail by name; {} when that can't be understood."""
        with server_errors("fetch_imap", "The server refused to give a mail."):
            try:
                answer = self.client.fetch([int(uid)], wanted)
            except (IMAPClientAbortError, OSError) as error:
                raise dropped("fetch_imap", error, [uid]) from error
            except (*ANSWER_ERRORS, RecursionError) as error:
                raise_when_busy("fetch_imap", error)
                return {}
        return {name.decode("ascii", "replace"): x for name, x in answer.get(int(uid), {}).items()}

    def idle(self, seconds: float) -> bool:
        """Wait up to `seconds` for news; True when the folder may hold new mail.

        Uses IDLE (RFC 2177), renewed every 9 minutes, else watches the connection and
        asks with NOOP. News that came with an earlier answer counts at once.
        """
        client = self.client
        if imap_idle.has_news(client):
            return True
        with server_errors("idle_imap", "The server refused to wait for new mail."):
            left = seconds
            while left > 0:
                spell = min(left, imap_idle.IDLE_RENEWAL)
                if imap_idle.wait(client, spell):
                    return True
                left -= spell
        return False

    def rest(self) -> bool:
        """Begin to wait without a thread; False when there is news to look at before.

        With IDLE offered it is begun. Whoever watches `fileno` calls `wake` when that can be
        read, and at the latest when IDLE is to be renewed; no other command may come between.
        """
        client = self.client
        if imap_idle.has_news(client):
            return False
        with server_errors("idle_imap", "The server refused to wait for new mail."):
            if self.has("IDLE"):
                imap_idle.begin(client)
                self._idles = True
            # TLS may hold bytes that the socket no longer shows
            return not imap_idle.has_buffered(client._imap)

    def wake(self) -> bool:
        """End what `rest` began; True when the folder may hold new mail."""
        client = self.client
        with server_errors("idle_imap", "The server refused to wait for new mail."):
            if self._idles:
                self._idles = False
                return imap_idle.end(client)
            client.noop()
            return imap_idle.has_news(client)

    def fileno(self) -> int:
        """The file descriptor of the connection, for a selector."""
        return int(self.client.socket().fileno())


def probe(settings: ImapSettings, folder: str = "INBOX") -> list[ProbeStep]:
    """Try the settings step by step for a person to see; never raises, changes nothing."""
    mailbox = ImapMailbox(settings)
    actions: list[tuple[str, Callable[[], str]]] = [("connect_imap", mailbox.connect)]
    if settings.security != "none":
        actions.append(("tls_imap", mailbox.tls_version))
    actions.append(("login_imap", mailbox.login))
    actions.append(
        ("select_inbox", lambda: f"UIDVALIDITY {mailbox.select(folder, readonly=True)[0]}")
    )
    try:
        return run_probe(actions)
    finally:
        mailbox.close()
