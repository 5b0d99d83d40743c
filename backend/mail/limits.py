"""How much of a mail is read before the rest is kept raw and reported (M22)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one parse. What lies beyond is never lost: the raw mail is kept.

    depth: nested multipart levels. parts: leaves and containers together.
    headers: fields per header block. header_bytes: bytes kept of one field.
    header_block_bytes: of all fields together. header_lines: lines read of the mail's header
    block, part_header_lines: of a part's.
    references: ids of References. recipients: addresses per header.
    text_bytes: decoded bytes of all text parts. html_bytes: of one HTML part.
    html_depth: nested HTML elements. html_tags, html_entities: of one HTML part; beyond
    them its words are shown without markup.
    """

    depth: int = 20
    parts: int = 1_000
    headers: int = 5_000
    header_bytes: int = 64 * 1024
    header_block_bytes: int = 256 * 1024
    header_lines: int = 20_000
    part_header_lines: int = 500
    references: int = 1_000
    recipients: int = 500
    text_bytes: int = 4 * 1024 * 1024
    html_bytes: int = 1024 * 1024
    html_depth: int = 256
    html_tags: int = 25_000
    html_entities: int = 12_000


DEFAULT = Limits()
