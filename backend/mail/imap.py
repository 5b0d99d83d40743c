"""Reading a mailbox by IMAP (RFC 3501, RFC 9051): UIDs only, nothing read is changed (I1-I11).

The commands, behind an interface that knows mails and not commands. No
value taken from a mail ever becomes part of a command (SECURITY 0.3): arguments are
numbers, fixed words and the administrator's folder names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.mail import imap_idle, imap_outline
from backend.mail.imap_busy import is_busy
from backend.mail.imap_connection import ImapSettings, server_errors
from backend.mail.imap_folders import Folder, ImapFolders
from backend.mail.server import (
    CommandRefused,
    ConnectFailed,
    FolderMissing,
    LoginFailed,
    MailServerError,
    ServerDropped,
    TlsFailed,
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
]

WINDOW_MAILS = 50
WINDOW_BYTES = 8 * 1024 * 1024
BEGINNING_BYTES = 256 * 1024
_LAST_WORD_SECONDS = 5.0
_META_WINDOW = 500
_SEARCH_SPAN = 80_000  # UIDs whose answer stays below imaplib's line limit of 1,000,000 bytes
# pushed by the server at any time; imaplib would keep them for ever
_PUSHED = ("EXISTS", "RECENT", "EXPUNGE", "FETCH")


@dataclass(frozen=True, slots=True)
class Described:
    """What a server says about a mail before its bytes are fetched.

    size: RFC822.SIZE, 0 when not said. internal_date: UTC or None. provider_id: X-GM-MSGID,
    the same for one mail under several labels of an account, "" elsewhere (I15).
    """

    size: int
    internal_date: datetime | None
    provider_id: str


_UNKNOWN = Described(0, None, "")


def _described(data: Mapping[bytes, Any]) -> Described:
    size, arrived = data.get(b"RFC822.SIZE"), data.get(b"INTERNALDATE")
    provider_id = data.get(b"X-GM-MSGID")
    return Described(
        size if isinstance(size, int) else 0,
        arrived.astimezone(UTC) if isinstance(arrived, datetime) else None,
        str(provider_id) if isinstance(provider_id, int) else "",
    )


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
        with server_errors("search_imap", "The server refused to list new mail."):
            found = self._searched(int(last_uid) + 1)
        # "n:*" names the last mail even when its UID is below n (RFC 9051 6.4.8)
        return sorted(uid for uid in found if uid > last_uid)

    def _searched(self, start: int, *further: object) -> set[int]:
        """The UIDs from `start` on that fit, of a huge folder in spans: an answer is one line."""
        found: set[int] = set()
        while self._exists > _SEARCH_SPAN and start + _SEARCH_SPAN < self._uidnext:
            span = f"{start}:{start + _SEARCH_SPAN - 1}"
            found.update(self.client.search(["UID", span, *further]))
            start += _SEARCH_SPAN
        found.update(self.client.search(["UID", f"{start}:*", *further]))
        return found

    def first_uid_since(self, moment: datetime) -> int | None:
        """Return the lowest UID that arrived at or after a moment (INTERNALDATE), else None (I20).

        SINCE knows days alone, in the server's own time zone (RFC 9051 6.4.4): it is asked for
        the day before, and the mails it names for their exact time.
        """
        day = (moment.astimezone(UTC) - timedelta(days=1)).date()
        with server_errors("search_imap", "The server refused to search by date."):
            uids = sorted(self._searched(1, "SINCE", day))
        for start in range(0, len(uids), _META_WINDOW):
            window = uids[start : start + _META_WINDOW]
            told = self.describe(window)
            for uid in window:
                arrived = told.get(uid, _UNKNOWN).internal_date
                if arrived is None or arrived >= moment:
                    return int(uid)
        return None

    def describe(self, uids: Sequence[int]) -> dict[int, Described]:
        """Return what the server says about mails; who is gone is left out.

        An answer that can't be understood is missed and the others go on (I7). Raises
        CommandRefused when every mail is refused; it and ServerDropped name the UIDs asked for.
        """
        items = ["RFC822.SIZE", "INTERNALDATE"]
        if self.has("X-GM-EXT-1"):
            items.append("X-GM-MSGID")
        found: dict[int, Described] = {}
        for start in range(0, len(uids), _META_WINDOW):
            window = [int(uid) for uid in uids[start : start + _META_WINDOW]]
            told, refusal = self._told(window, items)
            if refusal and not told:
                raise refusal
            found |= {uid: _described(data) for uid, data in told.items()}
        return found

    def _told(
        self, uids: list[int], items: list[str]
    ) -> tuple[dict[int, dict[bytes, Any]], CommandRefused | None]:
        """What FETCH says, and the last refusal.

        A window that one answer spoils is asked for mail by mail, so that only it is missed (I7).
        """
        try:
            with server_errors("fetch_imap", "The server refused to give a mail."):
                return dict(self.client.fetch(uids, items)), None
        except MailServerError as error:
            error.uids = tuple(uids)
            if not isinstance(error, CommandRefused) or is_busy(error):
                raise
            refusal: CommandRefused | None = error
        found: dict[int, dict[bytes, Any]] = {}
        for uid in uids if len(uids) > 1 else ():
            one, refusal = self._told([uid], items)
            found |= one
        return found, refusal

    def listed(self, uids: Sequence[int]) -> set[int]:
        """Which of these mails the server still has."""
        if not uids:
            return set()
        wanted = {int(uid) for uid in uids}
        with server_errors("search_imap", "The server refused to list mails."):
            found = self.client.search(["UID", ",".join(str(uid) for uid in sorted(wanted))])
        return wanted & set(found)

    def fetch(
        self,
        uids: Sequence[int],
        *,
        window: int = WINDOW_MAILS,
        largest: int | None = None,
        described: Mapping[int, Described] | None = None,
    ) -> Iterator[Fetched]:
        """Yield the mails in the order asked, marking none as read (I4); gone ones are left out.

        `described`: what `describe` said, when it was asked already. Fetches at most `window`
        mails or 8 MB at a time. A mail whose answer holds no content, or cannot be understood,
        comes with raw=None and the others go on (I7). Of a mail above `largest` bytes header and
        texts come, else the first 256 kB (I6). ServerDropped names the UIDs asked for.
        """
        told = self.describe(uids) if described is None else described
        batch: list[int] = []
        total = 0
        for uid in uids:
            mail = told.get(uid, _UNKNOWN)
            too_large = largest is not None and mail.size > largest
            full = len(batch) >= window or total + mail.size > WINDOW_BYTES
            if batch and (too_large or full):
                yield from self._window(batch, told)
                batch, total = [], 0
            if too_large:
                raw = self.without_files(uid) or self.beginning(uid, BEGINNING_BYTES)
                yield Fetched(uid, mail.size, mail.internal_date, raw, whole=False)
                continue
            batch.append(uid)
            total += mail.size
        if batch:
            yield from self._window(batch, told)

    def _window(self, uids: list[int], told: Mapping[int, Described]) -> Iterator[Fetched]:
        bodies = self._bodies(uids)
        for uid in uids:
            mail = told.get(uid, _UNKNOWN)
            raw = bodies.pop(uid, None)
            if uid in told or raw is not None:  # else it was expunged meanwhile
                empty = raw == b"" and mail.size
                yield Fetched(uid, mail.size, mail.internal_date, None if empty else raw)

    def _bodies(self, uids: list[int]) -> dict[int, bytes]:
        told, _ = self._told(uids, ["BODY.PEEK[]"])
        found = ((uid, data.get(b"BODY[]")) for uid, data in told.items())
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

    def gives(self, uid: int) -> bool:
        """Say whether the server gives anything of a mail that it lists."""
        told = self._sections(uid, ["BODY.PEEK[HEADER]"])
        return any(isinstance(content, bytes) for content in told.values())

    def _sections(self, uid: int, wanted: list[str]) -> dict[str, Any]:
        """Return what the server says of one mail by name; {} when that can't be understood."""
        told, _ = self._told([int(uid)], wanted)
        return {name.decode("ascii", "replace"): x for name, x in told.get(int(uid), {}).items()}

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

    def close(self) -> None:
        """Log out and close; never raises."""
        if self._idles and self._client is not None:
            self._client.socket().settimeout(_LAST_WORD_SECONDS)
            try:
                self.wake()
            except MailServerError:
                # LOGOUT would be no answer to IDLE: close our end
                self.abandon()
        super().close()

    def fileno(self) -> int:
        """The file descriptor of the connection, for a selector."""
        return int(self.client.socket().fileno())
