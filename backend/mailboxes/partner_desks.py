"""Desks of partners that number their mails: INC0012345 in the subject (MAIL.md T20).

`[{"domain": "example.com", "prefix": "INC"}]`: mails from that domain with the same number are one
conversation, even where the other desk leaves out References.
"""

from __future__ import annotations

import re
from typing import Any

_MOST = 50
_DOMAIN = re.compile(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")


def checked(value: Any) -> list[dict[str, str]]:
    """The list, domains in lower case; raises ValueError that says what is wrong."""
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"Give at most {_MOST} desks.")
    return [_checked(one) for one in value]


def _checked(one: Any) -> dict[str, str]:
    if not isinstance(one, dict) or set(one) != {"domain", "prefix"}:
        raise ValueError("Every desk has a domain and a prefix.")
    domain, prefix = str(one["domain"]).strip().lower(), str(one["prefix"]).strip()
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{domain[:80]!r} is not a domain, such as example.com.")
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix[:80]!r} can't come before a number; type letters, such as INC.")
    return {"domain": domain, "prefix": prefix}
