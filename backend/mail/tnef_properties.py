"""The MAPI properties inside TNEF attributes (MS-OXTNEF 2.1.3, MS-OXCDATA 2.11)."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONG = struct.Struct("<I")
_TAG = struct.Struct("<HH")
_MULTI = 0x1000
_NULL, _OBJECT, _STRING, _UNICODE, _TIME, _BINARY = 0x01, 0x0D, 0x1E, 0x1F, 0x40, 0x102
# bytes each value takes, the padding to four included
_FIXED = {
    _NULL: 0,
    0x02: 4,
    0x03: 4,
    0x04: 4,
    0x05: 8,
    0x06: 8,
    0x07: 8,
    0x0A: 4,
    0x0B: 4,
    0x14: 8,
    _TIME: 8,
    0x48: 16,
}
_VARIABLE = frozenset({_OBJECT, _STRING, _UNICODE, _BINARY})
_NAMED = 0x8000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_VALUES = 10_000
_MAX_PROPERTIES = 100_000


@dataclass(slots=True)
class Budget:
    """How many properties of a whole stream are still read."""

    left: int = _MAX_PROPERTIES


@dataclass(frozen=True, slots=True)
class Property:
    """One value: its MAPI type and its bytes, without padding."""

    kind: int
    data: bytes

    @property
    def is_object(self) -> bool:
        """Whether the value is an embedded message or OLE object."""
        return self.kind == _OBJECT

    def text(self, codec: str) -> str:
        """Return a string value without its final NUL; `codec` is for 8-bit strings."""
        if self.kind == _UNICODE:
            return self.data.decode("utf-16-le", "replace").rstrip("\x00")
        return self.data.decode(codec, "replace").rstrip("\x00")

    def number(self) -> int:
        """Return an integer value, 0 when it is none."""
        return _LONG.unpack_from(self.data)[0] if len(self.data) >= _LONG.size else 0

    def time(self) -> datetime | None:
        """Return a time (100 ns since 1601), None when it is none or out of range."""
        if self.kind != _TIME or len(self.data) < 8:
            return None
        ticks = int.from_bytes(self.data[:8], "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return None


def read_rows(data: bytes, budget: Budget) -> list[dict[int, Property]]:
    """Read a table: a count, then that many property lists (attRecipTable)."""
    rows: list[dict[int, Property]] = []
    if len(data) < _LONG.size:
        return rows
    count, position = _LONG.unpack_from(data)[0], _LONG.size
    while len(rows) < min(count, _MAX_VALUES) and position < len(data):
        properties, position = read_properties(data, budget, position)
        rows.append(properties)
    return rows


def read_properties(
    data: bytes, budget: Budget, position: int = 0
) -> tuple[dict[int, Property], int]:
    """Return a property list by property id, and the offset after it.

    Of a multi-valued property the first value is kept. Reading stops at the first
    type that is unknown or does not fit; what came before is returned. Linear.
    """
    found: dict[int, Property] = {}
    if position + _LONG.size > len(data):
        return found, len(data)
    count = _LONG.unpack_from(data, position)[0]
    position += _LONG.size
    for _ in range(count):
        if position + _TAG.size > len(data) or budget.left <= 0:
            return found, len(data)
        budget.left -= 1
        kind, identifier = _TAG.unpack_from(data, position)
        position += _TAG.size
        if identifier >= _NAMED:
            position = _after_name(data, position)
        values, position = _values(data, position, kind)
        if position < 0:
            return found, len(data)
        if values and identifier < _NAMED:
            found.setdefault(identifier, Property(kind & ~_MULTI, values[0]))
    return found, position


def _after_name(data: bytes, position: int) -> int:
    """Skip the name of a named property: a GUID, then a number or a string (2.1.3.2)."""
    if position + 24 > len(data):
        return len(data)
    by_string = _LONG.unpack_from(data, position + 16)[0] == 1
    if not by_string:
        return position + 24
    length = _LONG.unpack_from(data, position + 20)[0]
    return position + 24 + _padded(length)


def _values(data: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    """Return the values of one property and the offset after them, -1 when they do not fit."""
    base = kind & ~_MULTI
    variable = base in _VARIABLE
    if not variable and base not in _FIXED:
        return [], -1
    count = 1
    if variable or kind & _MULTI:
        if position + _LONG.size > len(data):
            return [], -1
        count = _LONG.unpack_from(data, position)[0]
        position += _LONG.size
    if count > _MAX_VALUES:
        return [], -1
    values = []
    for _ in range(count):
        size = _FIXED.get(base, 0)
        if variable:
            if position + _LONG.size > len(data):
                return [], -1
            size = _LONG.unpack_from(data, position)[0]
            position += _LONG.size
        if position + size > len(data):
            return [], -1
        values.append(data[position : position + size])
        position += _padded(size)
    return values, position


def _padded(size: int) -> int:
    return size + (-size % 4)
