"""Mails seen on a server and not stored yet: their UIDs, oldest first, and since when."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenMail:
    """A mail on the server, and when the desk first saw it there."""

    uid: int
    seen_at: datetime


class WaitingMails:
    """The waiting mails of one folder.

    Eight bytes a mail: a mailbox may hold hundreds of thousands (SECURITY.md 2.6).
    """

    def __init__(self) -> None:
        self._spells: deque[tuple[datetime, array[int]]] = deque()

    def __len__(self) -> int:
        return sum(len(uids) for _, uids in self._spells)

    def __bool__(self) -> bool:
        return bool(self._spells)

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest was first seen, None when nothing waits."""
        return self._spells[0][0] if self._spells else None

    def add(self, uids: Sequence[int], seen_at: datetime) -> None:
        """Add mails seen now; their UIDs ascend and are above all that wait."""
        if uids:
            self._spells.append((seen_at, array("Q", uids)))

    def first(self, count: int) -> list[SeenMail]:
        """The oldest `count` mails, or as many as there are."""
        found: list[SeenMail] = []
        for seen_at, uids in self._spells:
            found += [SeenMail(uid, seen_at) for uid in uids[: count - len(found)]]
            if len(found) >= count:
                break
        return found

    def drop_through(self, uid: int) -> None:
        """Forget the mails up to this UID."""
        while self._spells:
            uids = self._spells[0][1]
            del uids[: bisect_right(uids, uid)]
            if uids:
                return
            self._spells.popleft()
