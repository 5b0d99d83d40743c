"""Which database errors waiting may mend."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError

# Classes of SQLSTATE: connection lost, ended as it was silent, transaction rolled back (deadlock),
# no resources, not in the right state (a lock not to be had), operator intervention, system error.
_MENDED_BY_WAITING = ("08", "25P03", "40", "53", "55", "57", "58")
# It took too long, or too much memory.
_OF_ONE_STATEMENT = ("57014", "53200")


def was_given_up(error: BaseException) -> bool:
    """True when the database gave up this very work: other work may go through meanwhile."""
    return is_transient(error) and _state_of(error) in _OF_ONE_STATEMENT


def is_transient(error: BaseException) -> bool:
    """True when the database is away, busy, full or chose this transaction to end a deadlock.

    False for what would fail again: PostgreSQL calls its own limits operational errors too.
    """
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    state = _state_of(error)
    return state is None or state.startswith(_MENDED_BY_WAITING)


def _state_of(error: BaseException) -> str | None:
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state
