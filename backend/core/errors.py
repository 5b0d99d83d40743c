"""The errors services raise for input that can't be done; the API turns them into problems.

DeskError
├── Invalid          400  the input is wrong; `fields` says where
├── Forbidden        403  known, but not allowed
├── Missing          404  no such thing, or not for this person
├── Conflict         409  the state of the thing does not allow it
├── Gone             410  it was there, for a while
├── Stale            412  somebody changed it first
└── Unavailable      503  a server the desk needs does not answer
"""

from __future__ import annotations


class DeskError(Exception):
    """Base of all: a machine-readable `code` (translated by the app) and English words."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class FieldError(str):
    """What is wrong with a field: English words, and a `code` that the app translates.

    The codes of the REST framework (blank, max_length, invalid_choice, ...) are used where one
    fits; "invalid" says no more than that the value can't be used.
    """

    __slots__ = ("code",)
    code: str

    def __new__(cls, message: str, code: str) -> FieldError:
        made = super().__new__(cls, message)
        made.code = code
        return made


class Invalid(DeskError):
    """The input is wrong; `fields` maps a field's name to what is wrong with it."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: dict[str, list[FieldError]] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.fields = fields or {}


class Forbidden(DeskError):
    """The person may know the thing but not do this to it."""

    code = "forbidden"


class Missing(DeskError):
    """There is no such thing, or this person may not know of it."""

    code = "not_found"


class Conflict(DeskError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class Gone(DeskError):
    """It was there and is no more, by design."""

    code = "gone"


class Stale(DeskError):
    """Somebody changed the thing since it was read; read it again and decide."""

    code = "stale"


class Unavailable(DeskError):
    """A server the desk needs does not answer; trying later may work."""

    code = "unavailable"
