"""`./desk check`: every static gate; all of them run, each is reported."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desk_cli import frontend, node, setup, variables
from desk_cli.errors import tail_of
from desk_cli.paths import FRONTEND, ROOT, VENV_BIN, manage_command
from desk_cli.process import run_logged
from desk_cli.progress import begin_line, say

PACKAGES = ("backend", "bench", "config", "desk_cli", "scripts")
SCHEMA = FRONTEND / "openapi.json"


@dataclass(frozen=True)
class Gate:
    """One check: a command, or a function that returns what is wrong (empty: nothing)."""

    name: str
    command: Sequence[str] = ()
    folder: Path = ROOT
    environment: Mapping[str, str] | None = None
    compare: Callable[[], str] | None = None


def gates(work: Path) -> list[Gate]:
    """Every gate in order; `work` is a folder for what they write."""
    environment = variables.for_checks(work)
    python = [
        Gate("ruff check", [str(VENV_BIN / "ruff"), "check", "."], environment=environment),
        Gate(
            "ruff format",
            [str(VENV_BIN / "ruff"), "format", "--check", "."],
            environment=environment,
        ),
        Gate("mypy", [str(VENV_BIN / "mypy"), *PACKAGES], environment=environment),
        Gate("import layers", [str(VENV_BIN / "lint-imports")], environment=environment),
        Gate("dependencies (deptry)", [str(VENV_BIN / "deptry"), "."], environment=environment),
        Gate(
            "migrations complete",
            manage_command("makemigrations", "--check", "--dry-run"),
            environment=environment,
        ),
        Gate(
            "API schema",
            manage_command(
                "spectacular", "--validate", "--fail-on-warn",
                "--format", "openapi-json", "--file", str(work / "openapi.json"),
            ),
            environment=environment,
        ),
    ]  # fmt: skip
    return python + (_frontend_gates(work) if frontend.exists() else [])


def _frontend_gates(work: Path) -> list[Gate]:
    found = node.find()
    npm = [*found.npm, "run", "--silent"]
    environment = variables.for_checks(work) | {"PATH": found.environment()["PATH"]}
    scripts = (
        ("API client fresh (generate:check)", "generate:check"),
        ("Biome and layers (lint)", "lint"),
        ("TypeScript (typecheck)", "typecheck"),
        ("catalogues complete (i18n:check)", "i18n:check"),
        ("lock file without addresses (lock:check)", "lock:check"),
    )
    return [
        Gate("API schema committed", compare=lambda: _schema_differs(work / "openapi.json")),
        *(
            Gate(name, [*npm, script], folder=FRONTEND, environment=environment)
            for name, script in scripts
        ),
    ]


def _schema_differs(made: Path) -> str:
    if not made.exists():
        return "the API schema could not be made, see above"
    if SCHEMA.exists() and SCHEMA.read_text().strip() == made.read_text().strip():
        return ""
    return (
        "frontend/openapi.json is not what the API says; make it again with\n"
        "./desk manage spectacular --format openapi-json --file frontend/openapi.json\n"
        "and npm run generate in frontend/"
    )


def run_gate(gate: Gate, log: Path) -> str:
    """What the gate complains about, empty when it is satisfied."""
    if gate.compare:
        return gate.compare()
    code = run_logged(gate.command, log=log, env=gate.environment, cwd=gate.folder)
    if code == 0:
        return ""
    text = log.read_text(encoding="utf-8", errors="replace")
    return tail_of(text, 60) or f"exit code {code}"


def check() -> int:
    """Run all gates: 0 when every one is satisfied, else 1."""
    setup.ensure("dev")
    failed = []
    with tempfile.TemporaryDirectory(prefix="desk-check-") as folder:
        for gate in gates(Path(folder)):
            begin_line(f"  {gate.name} ... ")
            begun = time.monotonic()
            complaint = run_gate(gate, Path(folder) / "gate.log")
            say(f"{'FAILED' if complaint else 'ok'} ({time.monotonic() - begun:.1f} s)")
            if complaint:
                failed.append(gate.name)
                say("\n".join(f"    | {line}" for line in complaint.splitlines()))
    say(f"check: {len(failed)} failed: {', '.join(failed)}" if failed else "check: all passed")
    return 1 if failed else 0
