"""Folders of one account: which there are, opening one, and putting mails into others (I5, I17).

Names travel in modified UTF-7 (RFC 9051 5.1); which folder is which is told by the server's
special-use marks (RFC 6154), never guessed from a name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from imapclient import DELETED, SEEN
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from backend.mail.imap_busy import TRY_LATER
from backend.mail.imap_connection import (
    UNSAFE,
    ImapConnection,
    ImapSettings,
    server_errors,
    words_of,
)
from backend.mail.server import FolderMissing

SpecialUse = Literal["inbox", "sent", "drafts", "junk", "trash", "archive", "all", "flagged", ""]
_MARKS: dict[bytes, SpecialUse] = {
    b"\\sent": "sent",
    b"\\drafts": "drafts",
    b"\\junk": "junk",
    b"\\trash": "trash",
    b"\\archive": "archive",
    b"\\all": "all",
    b"\\flagged": "flagged",
}
_NOT_SELECTABLE = {b"\\noselect", b"\\nonexistent"}
# The form of backend.mail.token: nothing in it could end the string it is sent in.
_OWN_MESSAGE_ID = re.compile(r"t\.[0-9a-f]{32}\.[0-9a-f]{24}@[a-z0-9][a-z0-9.-]{0,253}")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of an account.

    special_use: what the server says it is for (RFC 6154), "inbox" for INBOX, "" for nothing.
    selectable: whether it can hold mails at all.
    """

    name: str
    special_use: SpecialUse
    selectable: bool


def checked(name: str) -> str:
    """Return a folder name that cannot carry a second command; raises FolderMissing."""
    if not name or len(name) > 1_000 or UNSAFE.search(name):
        raise FolderMissing(
            "select_inbox",
            "imap_folder_name_invalid",
            "",
            "Choose another folder: its name is empty or holds a control character.",
        )
    return name


def _missing(folder: str, error: IMAPClientError) -> FolderMissing:
    return FolderMissing(
        "select_inbox",
        "imap_folder_missing",
        words_of(error),
        f"Choose another folder: {folder!r} cannot be opened.",
    )


class ImapFolders(ImapConnection):
    """A logged-in connection that opens folders and changes mails in them.

    Every method raises only MailServerError unless it says more.
    """

    def __init__(self, settings: ImapSettings) -> None:
        super().__init__(settings)
        self._exists = self._uidnext = 0

    def has(self, capability: str) -> bool:
        """Say whether the server offers a capability after login."""
        return bool(self.client.has_capability(capability))

    def folders(self) -> list[Folder]:
        """Every folder of the account, by name."""
        client = self.client
        with server_errors("list_folders", "The server refused to list its folders."):
            if self.has("SPECIAL-USE") and self.has("LIST-EXTENDED"):
                # only this form makes every server tell the marks (RFC 6154 5.2)
                command = ('""', '"*"', "RETURN (SPECIAL-USE)")
                kind, lines = client._imap._simple_command("LIST", *command)
                client._checkok("LIST", kind, lines)
                found = client._proc_folder_list(
                    client._imap._untagged_response(kind, lines, "LIST")[1]
                )
            else:
                found = client.list_folders()
            told = [_folder(marks, str(name)) for marks, _, name in found]
        return sorted(told, key=lambda folder: folder.name)

    def select(self, folder: str, *, readonly: bool = False) -> tuple[int, int]:
        """Open a folder; return (UIDVALIDITY, UIDNEXT), 0 for what the server does not say.

        Raises FolderMissing.
        """
        client = self.client
        name = checked(folder)
        with server_errors("select_inbox", "Check the folder."):
            try:
                answer = client.select_folder(name, readonly=readonly)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if TRY_LATER.search(words_of(error)):
                    raise
                raise _missing(folder, error) from error
            self._exists = int(answer.get(b"EXISTS", 0))
            client._imap.untagged_responses.pop("EXISTS", None)
            self._uidnext = int(answer.get(b"UIDNEXT", 0))
            return int(answer.get(b"UIDVALIDITY", 0)), self._uidnext

    def status(self, folder: str) -> tuple[int, int]:
        """Return (UIDVALIDITY, UIDNEXT) of a folder without opening it, 0 for what is not said.

        Raises FolderMissing.
        """
        client = self.client
        name = checked(folder)
        with server_errors("select_inbox", "Check the folder."):
            try:
                answer = client.folder_status(name, ["UIDVALIDITY", "UIDNEXT"])
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if TRY_LATER.search(words_of(error)):
                    raise
                raise _missing(folder, error) from error
            return int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0))

    def has_message_id(self, folder: str, message_id: str) -> bool:
        """Say whether a folder holds a mail with one of our own Message-IDs.

        The folder is opened for reading only and stays open. Raises FolderMissing, and
        ValueError for an id that is not of the form `backend.mail.token` makes.
        """
        return bool(self.uids_of(folder, message_id, readonly=True))

    def uids_of(self, folder: str, message_id: str, *, readonly: bool = False) -> list[int]:
        """The UIDs of the mails with one of our own Message-IDs; see `has_message_id`."""
        wanted = message_id.strip().strip("<>").lower()
        if not _OWN_MESSAGE_ID.fullmatch(wanted):
            raise ValueError(f"not a Message-ID of ours: {message_id[:100]!r}")
        self.select(folder, readonly=readonly)
        with server_errors("search_imap", "The server refused to search by Message-ID."):
            return sorted(self.client.search(["HEADER", "Message-ID", wanted]))

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Set \\Seen on mails (I5)."""
        if uids:
            with server_errors("flag_imap", "The server refused to mark mails as read."):
                self.client.add_flags([int(uid) for uid in uids], [SEEN], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder, which is made when missing (I5, RFC 6851).

        Without MOVE they are copied and then marked deleted; only these mails are
        expunged, and none when the server cannot expunge by UID (RFC 4315).
        """
        name = checked(folder)
        if not uids:
            return
        wanted = [int(uid) for uid in uids]
        with server_errors("move_imap", f"Check the folder {folder!r} to move mails to."):
            if self.has("MOVE"):
                self._with_folder(name, lambda: self.client.move(wanted, name))
                return
            self._with_folder(name, lambda: self.client.copy(wanted, name))
            self._delete(wanted)

    def remove(self, uids: Sequence[int]) -> None:
        """Delete mails of ours from the open folder; where UID EXPUNGE is missing only mark them.

        Never a plain EXPUNGE, which would take what others marked too (I5).
        """
        if uids:
            with server_errors("flag_imap", "The server refused to delete a mail."):
                self._delete([int(uid) for uid in uids])

    def append(self, folder: str, raw: bytes) -> None:
        """Store a mail, as read, in a folder, which is made when missing (RFC 9051 6.3.12)."""
        name = checked(folder)
        with server_errors("append_imap", f"Check the folder {folder!r} to keep mails in."):
            self._with_folder(name, lambda: self.client.append(name, raw, [SEEN]))

    def _delete(self, uids: list[int]) -> None:
        self.client.add_flags(uids, [DELETED], silent=True)
        if self.has("UIDPLUS"):
            self.client.uid_expunge(uids)

    def _with_folder(self, folder: str, action: Callable[[], object]) -> None:
        """Run an action; when the folder is missing, make it and run it once more."""
        try:
            action()
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if "TRYCREATE" not in str(error).upper():
                raise
            self.client.create_folder(folder)
            action()


def _folder(marks: Sequence[bytes], name: str) -> Folder:
    lower = {mark.lower() for mark in marks}
    use: SpecialUse = next((_MARKS[mark] for mark in _MARKS if mark in lower), "")
    if name.upper() == "INBOX":
        use = "inbox"
    return Folder(name, use, not lower & _NOT_SELECTABLE)
