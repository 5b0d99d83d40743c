"""The pages of the documentation, and what is named in the checkout they speak of."""

from __future__ import annotations

import ast
import functools
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desk_cli.paths import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A Markdown file by its path in the checkout."""

    path: str

    def __str__(self) -> str:
        return self.path

    @property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return FENCE.sub("", self.text)

    @property
    def headings(self) -> list[tuple[int, str]]:
        """(level, words) in order."""
        found = re.findall(r"^(#{1,6}) (.+)$", self.prose, re.MULTILINE)
        return [(len(marks), words.strip()) for marks, words in found]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`, as repository hosts make it from headings."""
        words = [re.sub(r"[^\w\- ]", "", words.lower()) for _, words in self.headings]
        return {one.strip().replace(" ", "-") for one in words}

    def fenced(self, language: str) -> list[str]:
        """The fenced blocks of a language."""
        return [body for kind, body in FENCE.findall(self.text) if kind == language]

    def inline(self) -> list[str]:
        """Every `piece of code` in running text."""
        return INLINE.findall(self.prose)

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next of the same level."""
        _, _, after = self.text.partition(f"\n## {heading}\n")
        assert after, f"{self.path} has no section {heading!r}"
        return after.split("\n## ")[0]


@functools.cache
def tracked() -> tuple[str, ...]:
    """Files of the checkout that are part of the project, also new ones not yet committed."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(name for name in listed.splitlines() if (ROOT / name).exists())


def pages() -> list[Page]:
    """Every Markdown file."""
    return [Page(name) for name in sorted(tracked()) if name.endswith(".md")]


def commands(page: Page) -> Iterator[list[str]]:
    """The words of every `./desk ...` in shell blocks and in running text."""
    lines = []
    for block in page.fenced("sh"):
        joined = block.replace("\\\n", " ")
        lines += [line for line in joined.splitlines() if "./desk" in line]
    lines += [code for code in page.inline() if code.startswith("./desk")]
    for line in lines:
        begun = line[line.index("./desk") :]
        ended = re.split(r"\s#\s|[|;)]|\s&&", begun)[0]
        yield shlex.split(ended)[1:]


@functools.cache
def names_in(path: str) -> frozenset[str]:
    """Functions, classes and `Class.method`s that a Python or TypeScript file defines."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        found = re.findall(r"\b(?:function|class|const|interface|type)\s+(\w+)", text)
        return frozenset(found)
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{n}" for n in _members(node)}
    return frozenset(names)


def _members(node: ast.ClassDef) -> list[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [one.name for one in node.body if isinstance(one, kinds)]


@functools.cache
def all_names() -> frozenset[str]:
    """Every name defined in the project's Python and TypeScript files."""
    sources = [name for name in tracked() if name.endswith((".py", ".ts", ".tsx"))]
    return frozenset().union(*(names_in(name) for name in sources))


def exists(path: str) -> bool:
    """Whether a path, perhaps with `*`, names something of the checkout."""
    if "*" in path:
        return any(ROOT.glob(path))
    return (ROOT / path).exists()


def folder_of(page: Page) -> Path:
    """Where a page's relative links start."""
    return (ROOT / page.path).parent
