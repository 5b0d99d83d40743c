"""What the mailbox's own provider found out about who sent a mail (RFC 8601, T22).

RFC 8601 5: anybody can write Authentication-Results, so only a field that carries the
id of a server we trust counts, and that server must remove such fields from what
reaches it from outside. Not every server does: hence only the topmost field with the
trusted id is read, the last one that was added on the way. ARC-Authentication-Results
and fields that were renamed (Authentication-Results-Original) are never read.
"""

import re
from dataclasses import dataclass

from backend.mail.structured import without_comments

# Microsoft 365 writes its results without any id, always on top
WITHOUT_ID = "-"

_RESULTS = frozenset(
    {"none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"}
)
_METHODS = frozenset({"spf", "dkim", "dmarc"})
_MAX_RESULTS = 100
_STATEMENT = re.compile(r';|"(?:[^"\\]|\\.)*"?|[^;"]+', re.DOTALL)
_RESULT = re.compile(r"\s*([A-Za-z0-9-]{1,40})\s*(?:/\s*\d{1,5}\s*)?=\s*([A-Za-z]{1,40})(?![\w.-])")
# a whole quoted string at a time, so that nothing written inside one is taken for a property
_PROPERTY = re.compile(
    r"([a-z][a-z-]{0,40}(?:\s*\.\s*[a-z][a-z-]{0,40})?)\s*=\s*"
    r'(?:"((?:[^"\\]|\\.)*)"?)?([^\s;"]{0,500})|"(?:[^"\\]|\\.)*"?|[^\s"]+',
    re.IGNORECASE | re.DOTALL,
)
# second-level domains under which strangers register theirs
_SHARED = re.compile(
    r"(?:com|net|org|gov|gob|edu|ac|co|or|ne|go|mil|adv|eco|ind|inf|nom)\.[a-z]{2}"
)


@dataclass(frozen=True, slots=True)
class Authentication:
    """What one trusted server says about a mail.

    spf, dkim, dmarc: a result of RFC 8601 2.7 in lower case; "none" when it says nothing.
    aligned: the domain of From is proven: DMARC passed for it, or, where the server says
        nothing about DMARC, SPF or DKIM passed for that domain or one above or below it.
    """

    spf: str
    dkim: str
    dmarc: str
    aligned: bool


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    value: str
    properties: dict[str, str]


def authentication_of(
    headers: dict[str, list[str]], authserv_id: str, from_domain: str
) -> Authentication:
    """Return what the server `authserv_id` says about a mail from `from_domain` (T22).

    `headers` as in ParsedMail. Without a trusted id, or when the topmost field with
    that id is unreadable, nothing is known: "none" everywhere and not aligned. The id
    WITHOUT_ID stands for a provider that writes none, and then trusts the topmost field
    alone. Linear in the size of the fields.
    """
    results = _trusted(headers, authserv_id.strip().lower())
    domain = from_domain.strip().rstrip(".").lower()
    spf, spf_aligned = _best(results, "spf", domain)
    dkim, dkim_aligned = _best(results, "dkim", domain)
    dmarc, dmarc_aligned = _best(results, "dmarc", domain)
    # where DMARC gave no answer, what it would have asked for is looked at here
    unknown = dmarc in {"none", "temperror"}
    aligned = (spf_aligned or dkim_aligned) if unknown else dmarc_aligned
    return Authentication(spf, dkim, dmarc, aligned)


def _trusted(headers: dict[str, list[str]], authserv_id: str) -> list[_Result]:
    if not authserv_id:
        return []
    fields = headers.get("authentication-results", [])
    for value in fields[:1] if authserv_id == WITHOUT_ID else fields:
        statements = _statements(without_comments(value))
        first = statements[0].split()
        # RFC 8601 2.2: authserv-id, and maybe the version of the format
        named = first[0].strip('"').lower() if first else ""
        if authserv_id == WITHOUT_ID:
            return _results(statements) if "=" in statements[0] else []
        if named == authserv_id and (len(first) == 1 or first[1:] == ["1"]):
            return _results(statements[1:])
    return []


def _statements(value: str) -> list[str]:
    """Split at semicolons outside quoted strings; at least one statement."""
    found, pieces = [], []
    for match in _STATEMENT.finditer(value):
        if match[0] != ";":
            pieces.append(match[0])
            continue
        found.append("".join(pieces))
        pieces = []
        if len(found) >= _MAX_RESULTS:
            return found
    return [*found, "".join(pieces)]


def _results(statements: list[str]) -> list[_Result]:
    found = []
    for statement in statements:
        match = _RESULT.match(statement)
        if match is None or match[1].lower() not in _METHODS:
            continue
        value = match[2].lower()
        # RFC 8601 2.7: hardfail was the older name; an unknown word is no pass
        value = "fail" if value == "hardfail" else value
        properties: dict[str, str] = {}
        for one in _PROPERTY.finditer(statement, match.end()):
            if one[1]:
                name = "".join(one[1].split()).lower()
                properties.setdefault(name, f"{one[2] or ''}{one[3]}".strip().lower())
        found.append(_Result(match[1].lower(), value if value in _RESULTS else "none", properties))
    return found


def _best(results: list[_Result], method: str, domain: str) -> tuple[str, bool]:
    """Return the result to show for a method and whether it proves the domain.

    A mail may carry several DKIM signatures: one that passes for the domain is enough.
    """
    mine = [one for one in results if one.method == method]
    for one in mine:
        if one.value == "pass" and _about(one, domain):
            return "pass", True
    passed = next((one for one in mine if one.value == "pass"), None)
    if passed is None or method == "dmarc":
        # a DMARC pass for another From than ours proves nothing about ours
        first = next((one.value for one in mine if one.value != "pass"), "none")
        return first, False
    return "pass", False


def _about(result: _Result, domain: str) -> bool:
    told = result.properties
    if result.method == "dmarc":
        named = told.get("header.from")
        return named is None or _aligned(_domain(named), domain)
    if result.method == "spf":
        return _aligned(_domain(told.get("smtp.mailfrom", "") or told.get("smtp.mail", "")), domain)
    return _aligned(_domain(told.get("header.d", "") or told.get("header.i", "")), domain)


def _domain(value: str) -> str:
    return value.rpartition("@")[2].strip("<>").rstrip(".")


def _aligned(one: str, other: str) -> bool:
    """Say whether two domains are the same, or one lies below the other (RFC 7489 3.1).

    Relaxed alignment asks for the same organisation. Without a list of all registries
    that is judged by the labels alone: the upper domain has two at least and is none of
    the usual shared ones (com.br, co.uk).
    """
    if not one or not other:
        return False
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return "." in short and long.endswith("." + short) and not _SHARED.fullmatch(short)
