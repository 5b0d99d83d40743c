"""Makes the clock of a Python process jump while it runs.

Found by the interpreter when this folder is on PYTHONPATH. The file named by TEST_CLOCK holds the
seconds by which this process's clock is wrong; it is read at every look at the clock.
"""

from __future__ import annotations

import copyreg
import datetime
import os
import time
from datetime import datetime as Real  # noqa: N812 - beside the wrong one
from datetime import timedelta, tzinfo
from pathlib import Path

_FILE = Path(os.environ.get("TEST_CLOCK", "/nonexistent"))
_real_time = time.time


def _wrong_by() -> float:
    try:
        return float(_FILE.read_text() or 0)
    except OSError:
        return 0.0


class _SameKind(type):
    """What C code makes is a real datetime; it must count as one of ours."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, Real)


class _Wrong(Real, metaclass=_SameKind):
    __slots__ = ()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Real:  # type: ignore[override]
        return Real.now(tz) + timedelta(seconds=_wrong_by())

    @classmethod
    def utcnow(cls) -> Real:  # type: ignore[override]
        return Real.utcnow() + timedelta(seconds=_wrong_by())

    def __new__(cls, *given: int, **named: int) -> Real:  # type: ignore[misc]
        return Real(*given, **named)  # type: ignore[arg-type]


def moment(text: str) -> Real:
    """A pickled datetime: pickle itself would look for the class that is not there any more."""
    return Real.fromisoformat(text)


if _FILE.exists():
    copyreg.pickle(Real, lambda one: (moment, (one.isoformat(),)))
    time.time = lambda: _real_time() + _wrong_by()
    datetime.datetime = _Wrong  # type: ignore[misc, assignment]
