"""How much the fault tests do: little inside `./desk test`, all of it in `./desk test faults`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")
LONG = os.environ.get("DESK_TEST_FAULTS") == "long"


def either(short: T, long: T) -> T:
    """The value for this run."""
    return long if LONG else short
