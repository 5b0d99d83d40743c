"""A mail too large to fetch, without its files: header and texts, and the files' names (I6, A11).

The server's BODYSTRUCTURE (RFC 9051 7.5.2) tells which sections are texts. What is put together
is a mail of the same shape, in which every file is an empty part that says how large it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LEFT_OUT_HEADER = "x-desk-left-out"  # bytes of a file that stayed on the server
MAX_DEPTH = 20
MAX_LEAVES = 200
MAX_TEXT_BYTES = 1024 * 1024
_BOUNDARY = b"=_desk-outline-%d"
_CONTENT_FIELD = re.compile(
    rb"^(?:content-[^:\r\n]*|mime-version):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)
_SUBTYPE = re.compile(rb"[A-Za-z0-9.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One section. size: bytes as they would be transferred."""

    section: str
    is_text: bool
    size: int


@dataclass(frozen=True, slots=True)
class Multipart:
    """subtype: mixed, alternative, related ... children in order."""

    subtype: bytes
    children: list[Multipart | Leaf] = field(default_factory=list)


def read_outline(structure: Any) -> Multipart | None:
    """Return the shape of a mail from what IMAPClient gives for BODYSTRUCTURE.

    None for a mail of one part, and for an answer that is no structure, or is deeper or wider
    than any mail should be.
    """
    try:
        root = _multipart(structure, "", 0)
    except (IndexError, TypeError, ValueError):
        return None
    return root if sum(1 for _ in leaves(root)) <= MAX_LEAVES else None


def _multipart(structure: Any, section: str, depth: int) -> Multipart:
    if depth > MAX_DEPTH or not isinstance(structure[0], list):
        raise ValueError("no multipart, or too deep")
    subtype = structure[1] if isinstance(structure[1], bytes) else b"mixed"
    node = Multipart(subtype if _SUBTYPE.fullmatch(subtype) else b"mixed")
    for number, part in enumerate(structure[0], start=1):
        name = f"{section}.{number}" if section else str(number)
        if isinstance(part[0], list):
            node.children.append(_multipart(part, name, depth + 1))
        else:
            node.children.append(_leaf(part, name))
    return node


def _leaf(part: Any, section: str) -> Leaf:
    kind = b"%s/%s" % (part[0], part[1])
    size = part[6] if isinstance(part[6], int) else 0
    attached = any(
        isinstance(one, tuple) and one and isinstance(one[0], bytes)
        and one[0].lower() == b"attachment"
        for one in part[7:]
    )  # fmt: skip
    is_text = kind.lower() in {b"text/plain", b"text/html"} and not attached
    return Leaf(section, is_text and size <= MAX_TEXT_BYTES, size)


def leaves(node: Multipart) -> Iterator[Leaf]:
    """Every section of the mail, in order."""
    for child in node.children:
        if isinstance(child, Leaf):
            yield child
        else:
            yield from leaves(child)


def assemble(header: bytes, root: Multipart, sections: Mapping[str, bytes]) -> bytes:
    """Return the mail without its files.

    `sections` maps "1.2.MIME" to a part's header block and "1.2" to a text's content; what is
    missing there is left empty.
    """
    kept = _CONTENT_FIELD.sub(b"", header.rstrip(b"\r\n") + b"\r\n")
    return kept + b"MIME-Version: 1.0\r\n" + _written(root, sections, [0])


def _written(node: Multipart, sections: Mapping[str, bytes], count: list[int]) -> bytes:
    count[0] += 1
    boundary = _BOUNDARY % count[0]
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (node.subtype, boundary)
    pieces = [head]
    for child in node.children:
        if isinstance(child, Leaf):
            pieces.append(b"--%s\r\n%s\r\n" % (boundary, _part(child, sections)))
        else:
            pieces.append(b"--%s\r\n%s" % (boundary, _written(child, sections, count)))
    return b"".join([*pieces, b"--%s--\r\n" % boundary])


def _part(leaf: Leaf, sections: Mapping[str, bytes]) -> bytes:
    header = sections.get(f"{leaf.section}.MIME", b"").rstrip(b"\r\n")
    content = sections.get(leaf.section) if leaf.is_text else None
    if content is None:
        note = b"%s: %d" % (LEFT_OUT_HEADER.encode(), leaf.size)
        return (header + b"\r\n" if header else b"") + note + b"\r\n\r\n"
    return header + b"\r\n\r\n" + content
