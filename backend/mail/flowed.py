"""Unwrapping format=flowed text (RFC 3676, M29)."""


def unwrap(text: str, *, delete_space: bool) -> str:
    """Join the soft-broken lines of a flowed text; "\\n" line ends in and out.

    Quote depth is kept, space-stuffing removed, and `-- ` never joined (RFC 3676 4.3).
    `delete_space` is the DelSp parameter. Linear.
    """
    lines: list[str] = []
    pieces: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        if pieces and (depth != open_depth or content == "-- "):
            lines.append(_prefix(open_depth) + "".join(pieces).rstrip(" "))
            pieces = []
        pieces.append(content[:-1] if flows and delete_space else content)
        open_depth = depth
        if not flows:
            lines.append(_prefix(depth) + "".join(pieces))
            pieces = []
    if pieces:
        lines.append(_prefix(open_depth) + "".join(pieces))
    return "\n".join(lines)


def _prefix(depth: int) -> str:
    return ">" * depth + " " if depth else ""
