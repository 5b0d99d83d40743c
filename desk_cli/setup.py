"""The set-up step: Python packages, Node, front end. Skipped where nothing changed."""

from __future__ import annotations

from desk_cli import environment, frontend, node
from desk_cli.environment import Level
from desk_cli.progress import say


def is_fresh(level: Level, *, app: bool) -> bool:
    """Whether nothing has to be installed or built; cheap, starts no process."""
    return environment.is_fresh(level, node=False) and (
        not app or (frontend.packages_fresh() and frontend.build_fresh())
    )


def ensure(level: Level, *, app: bool = True) -> None:
    """Install and build what is stale; `app` also the front end. Raises DeskError.

    Every step leaves its stamp last: an interrupted one is simply done again.
    """
    if is_fresh(level, app=app):
        return
    say("Setting up (only what changed):")
    with environment.exclusive():
        bring_node = app and frontend.exists() and node.of_system() is None
        environment.ensure(level, node=bring_node)
        if app and frontend.exists():
            found = node.find()
            frontend.ensure_packages(found)
            frontend.ensure_built(found)
