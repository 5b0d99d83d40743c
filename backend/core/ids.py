"""Identifiers that sort by time."""

from __future__ import annotations

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562 5.7), greater than every one this process made before.

    48 bits of Unix milliseconds and 12 bits of their fraction (RFC 9562 6.2, method 3), the rest
    random. New rows land at the end of an index, and rows made together keep their order.
    """
    global _last
    now = time.time_ns()
    # Sixty bits of time: milliseconds, then 1/4096ths of one.
    ticks = (now // 1_000_000 << 12) | (now % 1_000_000 * 4096 // 1_000_000)
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    random = int.from_bytes(os.urandom(8), "big")
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | random >> 2)
