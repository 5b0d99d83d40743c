"""Which database errors waiting may mend."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError

# Classes of SQLSTATE: connection lost, ended as it was silent, transaction rolled back (deadlock),
# no resources, not in the right state (a lock not to be had), operator intervention, system error.
_MENDED_BY_WAITING = ("08", "25P03", "40", "53", "55", "57", "58")


def is_transient(error: BaseException) -> bool:
    """True when the database is away, busy, full or chose this transaction to end a deadlock.

    False for what would fail again: PostgreSQL calls its own limits operational errors too.
    """
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(_MENDED_BY_WAITING)
