"""What the tooling says when it can't go on."""

from __future__ import annotations

import re

STACK = re.compile(r"\s+at .*:\d+:\d+\)?")


class Interrupted(BaseException):
    """Somebody asked the whole command to end (Ctrl-C, SIGTERM, closed terminal)."""


class DeskError(Exception):
    """The person at the keyboard can put this right: one line, exit code 2."""

    exit_code = 2


class StepFailed(DeskError):
    """A step of the set-up or a server failed: reason, tail of its log, what to do; exit code 1."""

    exit_code = 1

    def __init__(self, message: str, *, tail: str = "", advice: str = "") -> None:
        self.message, self.tail, self.advice = message, tail, advice
        super().__init__(message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.tail:
            parts.append("\n".join("    | " + line for line in self.tail.splitlines()))
        if self.advice:
            parts.append(self.advice)
        return "\n".join(parts)


def tail_of(text: str, lines: int = 15) -> str:
    """The last `lines` lines of a log, without blank ones and without JavaScript's stack lines."""
    told = [line for line in text.splitlines() if line.strip() and not STACK.match(line)]
    return "\n".join(told[-lines:])
