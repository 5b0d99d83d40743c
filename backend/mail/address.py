"""Address headers by an own tokenizer: right ones out, none invented (M14, M15, RFC 5322 3.4).

The stdlib reads `agent@corp <evil@x>` as agent@corp (CVE-2023-27043). Here the
address is what stands in the angle brackets, a display name never yields one, and
whatever is ambiguous is returned with `defect` so that it proves nobody's identity.
"""

import re
from dataclasses import dataclass, field

from backend.mail.charset import clean
from backend.mail.headers import decode_words
from backend.mail.message import Address

_TOKEN = re.compile(
    r"""
    (?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)
    | "(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"?
    | <+(?P<angle>[^<>"]*(?:"[^"<>]*"[^<>"]*)*)>*
    | \[mailto:(?P<mailto>[^\[\]<>\s]*)\]
    | (?P<special>[,;:()])
    | (?P<escaped>\\.)
    | (?P<blank>\s+)
    | (?P<text>(?:(?!=\?|\[mailto:)[^\s",;:()<>\\])+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# `Ana Silva <ana@x.test>` or `ana@x.test`, where nothing is to be interpreted
_PLAIN = re.compile(r"([A-Za-z0-9 .'_-]*+)<([\w.+-]+@[A-Za-z0-9.-]+)>\Z", re.ASCII)
_PLAIN_SPEC = re.compile(r"[\w.+-]+@[A-Za-z0-9.-]+\Z", re.ASCII)
_SPECIALS = ',;:"()<>@'
_COMMENT = re.compile(r"\([^()]*\)")
_MAX_SPEC = 1_000
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPEC = re.compile(
    r'(?:[^\s<>@,;:()\[\]\\"]+|"[^"\r\n]*")@(?:[^\s<>@,;:()\[\]\\"]+|\[[^\s\[\]<>]+\])'
)
_WORDS = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=")
_ROUTE = re.compile(r"@[^:<>]*:\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """Addresses of one header, and whether any of them was ambiguous.

    defect: an address was followed or preceded by text that may be meant to deceive.
    cut: more addresses followed than the limit allows (M22).
    """

    addresses: tuple[Address, ...]
    defect: bool = False
    cut: bool = False


@dataclass(slots=True)
class _Item:
    """One mailbox: display words, comments, what the brackets hold, words after them.

    follows: no comma stands before it.
    """

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    spec: str | None = None
    after: list[str] = field(default_factory=list)
    follows: bool = False


def read_addresses(value: str, limit: int) -> Reading:
    """Read an unfolded address header whose encoded-words are not decoded yet.

    Linear in the length of the value. Entries without an address are left out.
    """
    if limit and len(value) <= _MAX_SPEC:
        plain = _PLAIN.match(value)
        if plain:
            return Reading((Address(" ".join(plain[1].split()), _lowered(plain[2])),))
        if _PLAIN_SPEC.match(value):
            return Reading((Address("", _lowered(value)),))
    found: list[Address] = []
    defect = False
    for item in _items(value):
        addresses, doubtful = _resolve(item)
        defect = defect or doubtful
        for address in addresses:
            if len(found) >= limit:
                return Reading(tuple(found), defect, cut=True)
            found.append(address)
    return Reading(tuple(found), defect)


def _items(value: str) -> list[_Item]:
    """Split at the commas that are no part of quotes, comments or brackets."""
    items = [_Item()]
    comment_depth, comment, opened = 0, [], 0
    for match in _TOKEN.finditer(value):
        kind, text, item = match.lastgroup, match[0], items[-1]
        if comment_depth or text == "(":
            opened = opened if comment_depth else match.start()
            comment_depth += (text == "(") - (text == ")")
            comment.append(text)
            if comment_depth == 0:
                item.comments.append(_ESCAPED.sub(r"\1", "".join(comment)[1:-1]))
                comment = []
        elif kind == "quoted" and not (text.endswith('"') and len(text) > 1):
            # never closed: read again without the quote, so that no address is swallowed
            return _items(value[: match.start()] + value[match.start() :].replace('"', " "))
        elif kind == "special" and text in ",;":
            if item.words or item.comments or item.spec is not None:
                items.append(_Item())
        elif text == ":" and item.spec is None and not any("@" in x for x in item.words):
            items[-1] = _Item()  # the words were the name of a group
        elif kind in ("angle", "mailto"):
            if item.spec is not None:  # the comma between two mailboxes was forgotten
                items.append(_Item(words=item.after, follows=True))
                item.after = []
            items[-1].spec = match[kind]
        else:
            word = " " if kind == "blank" else text
            if kind == "escaped" and text[1] not in _SPECIALS:
                word = text  # DOMAIN\user
            elif kind == "escaped":
                word = text[1]
            (item.words if item.spec is None else item.after).append(word)
    if comment_depth:
        return _items(value[:opened] + value[opened:].replace("(", " ").replace(")", " "))
    return items


def _resolve(item: _Item) -> tuple[list[Address], bool]:
    """Return the mailboxes of an item, usually one, and whether there is doubt about them."""
    words = "".join(item.words).strip()
    if item.spec is not None:
        spec = _addr_spec(item.spec)
        after = "".join(item.after)
        doubtful = item.follows or "@" in after or (spec == "" and "@" in item.spec)
        name = _display(f"{words} {after}") or _display(" ".join(item.comments))
        return ([Address(name, spec)] if spec else []), doubtful
    if words.startswith("=?") and "@" not in _WORDS.sub("", words):
        return [], "@" in _display(words)  # RFC 2047 5 (3): an encoded word is no address (M15)
    spec = _addr_spec(words)
    if spec:
        return [Address(_display(" ".join(item.comments)), spec)], False
    candidates = [word.strip(">") for word in words.split() if "@" in word]
    bare = [word for word in candidates if _SPEC.fullmatch(word)]
    if len(bare) == 1 and words.count("@") == 1:
        name = words.replace(bare[0], " ", 1).rstrip(">")
        return [Address(_display(name), _addr_spec(bare[0]))], False
    if bare and len(bare) == len(words.split()):
        return [Address("", _addr_spec(x)) for x in bare], True  # somebody forgot the commas
    return [], "@" in words


def _addr_spec(text: str) -> str:
    """Return a clean addr-spec with a lower-case domain, "" when it is none."""
    text = _COMMENT.sub("", text).strip() if "(" in text else text.strip()
    if len(text) > _MAX_SPEC:
        return ""
    if text.lower().startswith("mailto:"):
        text = text[7:]
    text = _ROUTE.sub("", text, count=1) if text.startswith("@") else text
    if " " in text or "\t" in text:
        # RFC 5322 4.4: blanks around dots and the at sign are obsolete but legal
        text = re.sub(r"\s*([.@])\s*", r"\1", text) if '"' not in text else text
    if text.startswith("'") and text.endswith("'"):
        text = text[1:-1]
    return clean(_lowered(text)) if _SPEC.fullmatch(text) else ""


def _lowered(spec: str) -> str:
    """Return an addr-spec with its domain in lower case and without the root's dot."""
    local, _, domain = spec.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"


def _display(words: str) -> str:
    """Return a display name: quotes taken off, encoded-words decoded even inside them (M11)."""
    if '"' in words:
        words = _QUOTED.sub(lambda match: _ESCAPED.sub(r"\1", match[1]), words)
    return clean(" ".join(decode_words(words).split()))
