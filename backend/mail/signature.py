"""Where the signature of a plain text begins (Q6)."""

import re

from backend.mail import signature_forms as forms

_MAX_LINE = 500
_TAIL_LINES = 60
_MAX_DELIMITED_LINES = 30
_MAX_RULED_LINES = 15
_MAX_CLOSING_LINES = 8
_MAX_MOBILE_BELOW = 3
_MAX_CLOSING_WIDTH = 60
_MAX_NAME_WORDS = 5
_MAX_LAYERS = 6  # a disclaimer under a mobile line under a closing, ...
_BANNER_LINES = 3
_KNOWN_SHARE = 0.7  # of the words of a line that the HTML signature holds too
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(text.lower())


def without_signature(lines: list[str], *, sole: bool = False) -> tuple[list[str], bool]:
    """Cut the signature off the last lines, and say whether there was one.

    sole: the signature may be all there is, so that nothing is left. Otherwise the first
    words are taken for content.
    """
    end = _end(lines, len(lines))
    first = max(end - _TAIL_LINES, 0)
    suspects = [x for x in range(first, end) if forms.may_begin(lines[x])]
    if suspects and not sole and not any(line.strip() for line in lines[: suspects[0]]):
        del suspects[0]  # the first words of a mail are no signature
    cut = len(lines)
    for _ in range(_MAX_LAYERS):
        found = next((x for x in suspects if _begins_signature(lines, x, end)), None)
        if found is None:
            break
        cut, end = found, _end(lines, found)
        suspects = [x for x in suspects if x < end]
    return lines[:cut], cut < len(lines)


def _end(lines: list[str], end: int) -> int:
    """Step back over blank lines."""
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def without_banner(lines: list[str]) -> list[str]:
    """Leave out "this mail came from outside", which the reader's own server wrote on top."""
    seen = 0
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        seen += 1
        if seen > _BANNER_LINES:
            break
        if forms.is_banner(line):
            return lines[index + 1 :]
    return lines


def _begins_signature(lines: list[str], index: int, end: int) -> bool:
    line = lines[index]
    if len(line) > _MAX_LINE:
        return forms.is_disclaimer(line)
    if forms.DELIMITER.match(line):
        return len(_below(lines, index, end)) <= _MAX_DELIMITED_LINES
    if forms.RULE.match(line):
        below = _below(lines, index, end)
        listed = forms.LIST_FOOTER.match(line) and len(below) <= _MAX_CLOSING_LINES
        return bool(listed) or _is_ruled_off(below)
    if forms.is_disclaimer(line):
        return True
    words = forms.plain(line)
    if words in forms.DISCLAIMER_HEADS:
        return bool(_below(lines, index, end))
    if forms.is_mobile(line):
        return len(_below(lines, index, end)) <= _MAX_MOBILE_BELOW
    if len(line) > _MAX_CLOSING_WIDTH:
        return False
    return _is_closing(words, line, lines, index, end) or _is_dashed_name(lines, index, end)


def _below(lines: list[str], index: int, end: int) -> list[str]:
    return [x.strip() for x in lines[index + 1 : end] if x.strip()]


def _is_ruled_off(below: list[str]) -> bool:
    """Say whether short lines of contact stand under a rule at the very end."""
    return (
        0 < len(below) <= _MAX_RULED_LINES
        and all(len(x) <= 100 for x in below)
        and any(forms.CONTACT.search(x) for x in below)
    )


def _is_closing(words: str, line: str, lines: list[str], index: int, end: int) -> bool:
    """Say whether a closing word with at most eight short lines under it stands here."""
    signed = None
    if words not in forms.CLOSINGS:
        signed = forms.SIGNED.match(line.strip(" \t\xa0*_"))
        if signed is None or forms.plain(signed["closing"]) not in forms.CLOSINGS:
            return False
    below = _below(lines, index, end)
    if len(below) > _MAX_CLOSING_LINES:
        return False
    if any(len(x) > _MAX_CLOSING_WIDTH or x.endswith("?") for x in below):
        return False
    if signed is not None:
        return is_name(signed["name"])
    if words in forms.FORMAL:
        return True
    # a word of thanks may be the message itself: a name or another closing must follow
    while below and forms.plain(below[0]) in forms.THANKS:
        below = below[1:]
    return bool(below) and (is_name(below[0]) or forms.plain(below[0]) in forms.FORMAL)


def is_name(text: str) -> bool:
    """Say whether a line looks like a person's or a company's name."""
    words = text.strip(" \t\xa0*_.,-–—|").split()
    if not 0 < len(words) <= _MAX_NAME_WORDS or text.rstrip().endswith(("?", "!", ":", ";")):
        return False
    if len(words) == 1:
        return words[0][0].isalpha()
    return all(x[0].isupper() or not x[0].isalnum() or x in forms.NAME_PARTICLES for x in words)


def _is_dashed_name(lines: list[str], index: int, end: int) -> bool:
    """Say whether a name after a dash or slash ends the text; a list item does not."""
    match = forms.DASHED_NAME.match(lines[index])
    if match is None or not match["name"][0].isupper() or not is_name(match["name"]):
        return False
    mark = lines[index].lstrip()[0]
    above = [x.strip() for x in lines[max(index - 3, 0) : index] if x.strip()]
    if index + 1 < end or (above and above[-1].startswith((mark, "*", "•"))):
        return False
    ended = not above or above[-1].endswith((".", "!", "?", ","))
    if lines[index].lstrip()[1:2] == " " and " " not in match["name"].strip():
        return ended  # "- Bob", but also "- Bread"
    return ended or not lines[index - 1].strip()


def without_tail(lines: list[str], words: frozenset[str]) -> tuple[list[str], bool]:
    """Cut the last lines that hold hardly a word but `words`, those of an HTML signature."""
    end = len(lines)
    for index in range(len(lines) - 1, max(len(lines) - _TAIL_LINES, 0), -1):
        found = words_of(forms.LINK.sub("", lines[index][:_MAX_LINE]))
        known = sum(word in words for word in found)
        if found and known < _KNOWN_SHARE * len(found):
            break
        if found or forms.DELIMITER.match(lines[index]):
            end = index
    if end == len(lines) or not any(line.strip() for line in lines[:end]):
        return lines, False
    return lines[:end], True
