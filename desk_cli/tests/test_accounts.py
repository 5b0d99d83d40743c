"""Folders of the servers' account: private, reachable, never shared by mistake."""

from __future__ import annotations

import os
import shutil

import pytest

from desk_cli import account
from desk_cli.errors import DeskError
from desk_cli.tests.folders import open_folder

SOMEBODY = account.Account("nobody", 65534, 65534)


def test_an_ordinary_user_stays_who_they_are(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account.server_account() is None


def test_root_gives_its_servers_to_nobody(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = account.server_account()
    assert found is not None
    assert found.name == "nobody"


def test_a_closed_folder_on_the_way_is_not_reachable(tmp_path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not account.can_reach(inner, SOMEBODY)
    assert account.can_reach(inner, None)


def test_an_open_folder_is_reachable():
    with open_folder("open") as folder:
        assert account.can_reach(folder, SOMEBODY)


def test_without_another_account_a_folder_is_simply_made_private(tmp_path):
    made = account.own_folder(tmp_path / "a" / "pg", None)
    assert made == tmp_path / "a" / "pg"
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A stand-in for /var/lib that needs no root, and chown that is only noted."""
    monkeypatch.setattr(account, "shared_folder", lambda: tmp_path / "shared")
    (tmp_path / "shared").mkdir()
    monkeypatch.setattr(os, "chown", lambda *args, **more: None)
    monkeypatch.setattr(
        account, "can_reach", lambda path, who: "closed" not in path.resolve().parts
    )
    (tmp_path / "closed").mkdir()
    return tmp_path


def test_under_a_closed_home_the_folder_lies_elsewhere_behind_a_link(elsewhere, capsys):
    link = elsewhere / "closed" / "pg"
    real = account.own_folder(link, SOMEBODY)
    assert link.is_symlink()
    assert real.parent == elsewhere / "shared"
    assert account.own_folder(link, SOMEBODY) == real
    assert f"{link} lies in {real}" in capsys.readouterr().out
    account.remove_own_folder(link)
    assert not real.exists()
    assert not link.is_symlink()


def test_a_copied_link_is_refused_and_a_moved_one_accepted(elsewhere):
    link, copy = elsewhere / "closed" / "pg", elsewhere / "closed" / "copy"
    account.own_folder(link, SOMEBODY)
    shutil.copy(link, copy, follow_symlinks=False)
    with pytest.raises(DeskError, match="is a copied link"):
        account.own_folder(copy, SOMEBODY)
    link.unlink()
    assert account.own_folder(copy, SOMEBODY) == copy.resolve()


def test_a_link_to_a_folder_that_is_gone_is_replaced(elsewhere):
    link = elsewhere / "closed" / "pg"
    first = account.own_folder(link, SOMEBODY)
    shutil.rmtree(first)
    assert account.own_folder(link, SOMEBODY) != first


def test_a_folder_of_another_account_is_refused_by_name(elsewhere, monkeypatch):
    folder = elsewhere / "open"
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(DeskError, match="start the desk as that account"):
        account.own_folder(folder, SOMEBODY)
