"""The deployment files, read once: what the tests of this folder look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from desk_cli.paths import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
ENV_EXAMPLE = ROOT / ".env.example"
# Variables that docker-compose.yml alone reads, for its own database and broker.
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}
INTERPOLATION = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<rule>:[-?])?(?P<rest>[^}]*)\}")
PINNED = re.compile(r"[a-z0-9/._-]+:\d+(\.\d+){1,2}(-[a-z0-9-]+)?")


def compose() -> dict[str, Any]:
    """docker-compose.yml, its anchors and merges resolved, its variables not."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return found


def services() -> dict[str, dict[str, Any]]:
    """Every service by name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def desk_services() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: one for name, one in services().items() if "build" in one}


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile, continuation lines joined."""

    word: str
    rest: str


def dockerfile() -> list[Instruction]:
    """The Dockerfile's instructions in order, comments left out."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text)
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [Instruction(word.upper(), rest.strip()) for word, rest in found]


@dataclass(frozen=True)
class Example:
    """One variable of .env.example: its value, whether it is set there, the comment above it."""

    value: str
    active: bool
    comment: tuple[str, ...]


def env_example() -> dict[str, Example]:
    """The variables of .env.example; a block of comment lines belongs to what follows it."""
    found: dict[str, Example] = {}
    comment: list[str] = []
    for line in ENV_EXAMPLE.read_text(encoding="utf-8").splitlines():
        assigned = re.fullmatch(r"(#?)([A-Z][A-Z_]*)=(.*)", line)
        if assigned:
            assert assigned[2] not in found, f"{assigned[2]} stands twice in .env.example"
            found[assigned[2]] = Example(assigned[3], not assigned[1], tuple(comment))
        elif line.startswith("#"):
            comment.append(line.lstrip("# ").strip())
        else:
            comment = []
    return found
