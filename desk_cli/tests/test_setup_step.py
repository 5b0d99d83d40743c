"""The set-up step is skipped when fresh, kept when larger, and begun again when interrupted."""

from __future__ import annotations

import json

import pytest

from desk_cli import environment, frontend
from desk_cli.errors import DeskError


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A pretended checkout with locks and an environment."""
    for name in ("requirements-local.txt", "requirements-dev.txt", "requirements-node.txt"):
        (tmp_path / name).write_text(name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "VENV_PYTHON", python)
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "desk-stamp.json")
    monkeypatch.setattr(environment, "NODE_LOCK", tmp_path / "requirements-node.txt")
    locks = {level: tmp_path / f"requirements-{level}.txt" for level in ("local", "dev")}
    monkeypatch.setattr(environment, "LOCKS", locks)
    return tmp_path


def installed(level: environment.Level, *, node: bool = False) -> None:
    _, digest = environment._wanted(level, node=node)
    value = {"level": level, "node": "yes" if node else "no", "digest": digest}
    environment.STAMP.write_text(json.dumps(value))


def test_nothing_installed_is_not_fresh(checkout):
    assert not environment.is_fresh("local", node=False)


def test_the_installed_set_is_fresh_until_its_lock_changes(checkout):
    installed("local")
    assert environment.is_fresh("local", node=False)
    (checkout / "requirements-local.txt").write_text("changed")
    assert not environment.is_fresh("local", node=False)


def test_the_larger_set_serves_the_smaller_but_not_the_other_way(checkout):
    installed("dev")
    assert environment.is_fresh("local", node=False)
    installed("local")
    assert not environment.is_fresh("dev", node=False)


def test_a_changed_smaller_lock_makes_the_larger_set_stale_too(checkout):
    installed("dev")
    (checkout / "requirements-local.txt").write_text("changed")
    assert not environment.is_fresh("local", node=False)


def test_node_is_brought_when_it_is_wanted_and_kept_when_it_is_there(checkout):
    installed("local")
    assert not environment.is_fresh("local", node=True)
    installed("local", node=True)
    assert environment.is_fresh("local", node=True)
    assert environment.is_fresh("local", node=False)


def test_a_vanished_python_makes_the_environment_stale(checkout):
    installed("local")
    (checkout / ".venv" / "bin" / "python").unlink()
    assert not environment.is_fresh("local", node=False)


def test_a_damaged_stamp_counts_as_none(checkout):
    environment.STAMP.write_text("{half")
    assert not environment.is_fresh("local", node=False)


def test_a_missing_lock_asks_whether_the_checkout_is_complete(checkout):
    installed("local")
    (checkout / "requirements-local.txt").unlink()
    with pytest.raises(DeskError, match="complete checkout"):
        environment.is_fresh("local", node=False)


def test_a_fresh_environment_starts_no_installer(checkout, monkeypatch):
    installed("dev")
    monkeypatch.setattr(environment, "run_logged", None)
    environment.ensure("local", node=False)
    assert environment.is_fresh("dev", node=False)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A pretended front end, installed and built."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "App.tsx").write_text("one")
    for name in ("package.json", "package-lock.json", "index.html"):
        (tmp_path / name).write_text(name)
    for folder in ("dist", "node_modules"):
        (tmp_path / folder).mkdir()
    (tmp_path / "dist" / "index.html").write_text("built")
    monkeypatch.setattr(frontend, "FRONTEND", tmp_path)
    monkeypatch.setattr(frontend, "FRONTEND_DIST", tmp_path / "dist")
    monkeypatch.setattr(frontend, "PACKAGES_STAMP", tmp_path / "node_modules" / ".desk-stamp")
    monkeypatch.setattr(frontend, "BUILD_STAMP", tmp_path / "dist" / ".desk-stamp")
    frontend.PACKAGES_STAMP.write_text(frontend.packages_digest())
    frontend.BUILD_STAMP.write_text(frontend.sources_digest())
    return tmp_path


def test_the_app_is_built_again_when_a_source_changes_or_moves(app):
    assert frontend.build_fresh()
    (app / "src" / "App.tsx").write_text("two")
    assert not frontend.build_fresh()
    frontend.BUILD_STAMP.write_text(frontend.sources_digest())
    (app / "src" / "App.tsx").rename(app / "src" / "Other.tsx")
    assert not frontend.build_fresh()


def test_npm_packages_are_installed_again_when_the_lock_changes(app):
    assert frontend.packages_fresh()
    (app / "package-lock.json").write_text("changed")
    assert not frontend.packages_fresh()
    assert not frontend.build_fresh()


def test_a_build_without_its_page_is_not_fresh(app):
    (app / "dist" / "index.html").unlink()
    assert not frontend.build_fresh()
