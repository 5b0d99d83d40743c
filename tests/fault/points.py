"""The crash points that the code names, by the process that comes by them."""

from __future__ import annotations

import re

from desk_cli.paths import ROOT

_NAMED = re.compile(r'\bcrashpoint\("(\w+)"\)')
# Which process runs the code of a file; blobs are written by several of them.
MONITOR = frozenset({"reading", "treating", "fetching", "readers", "monitor"})
INTAKE = frozenset({"intake", "deciding"})
SENDING = frozenset({"delivering", "sent_copies"})
SHARED = frozenset({"blobs"})


def points_in(files: frozenset[str]) -> list[str]:
    """The points that these modules name, in the order of files and lines."""
    found: list[str] = []
    for path in sorted((ROOT / "backend").rglob("*.py")):
        if path.stem in files and "tests" not in path.parts:
            found += _NAMED.findall(path.read_text(encoding="utf-8"))
    return list(dict.fromkeys(found))


def unassigned() -> list[str]:
    """Points in modules that no list above names."""
    known = MONITOR | INTAKE | SENDING | SHARED
    others = {path.stem for path in (ROOT / "backend").rglob("*.py") if "tests" not in path.parts}
    return points_in(frozenset(others - known))
