"""deploy/Dockerfile: pinned, from locks, without secrets, not as root."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from config.environment import BY_NAME
from desk_cli import node
from desk_cli.paths import ROOT
from desk_cli.run import web_command
from tests.deploy.files import PINNED, dockerfile

# Read by Python, pip and Django themselves.
NOT_OURS = {
    "PATH",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "DJANGO_SETTINGS_MODULE",
}


def all_of(word: str) -> list[str]:
    return [one.rest for one in dockerfile() if one.word == word]


def last_of(word: str) -> str:
    return all_of(word)[-1]


def variables() -> dict[str, str]:
    """NAME=value pairs of every ENV."""
    return dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(all_of("ENV"))))


def test_every_base_image_is_pinned_to_a_version():
    for line in all_of("FROM"):
        image, word, _ = line.split()
        assert word == "AS"
        assert PINNED.fullmatch(image), image


def test_python_and_node_are_those_of_the_locks():
    images = [line.split()[0] for line in all_of("FROM")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert all(f":{oldest}." in image for image in images if image.startswith("python:"))
    (wheel,) = project["optional-dependencies"]["node"]
    assert f"node:{wheel.partition('==')[2]}-bookworm-slim" in images
    assert int(wheel.partition("==")[2].split(".")[0]) >= node.OLDEST


def test_packages_come_from_the_hashed_lock_and_are_not_built():
    (install,) = [line for line in all_of("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install
    assert install.endswith("-r requirements.txt")
    assert any(line.startswith("npm ci") for line in all_of("RUN"))


def test_it_does_not_run_as_root():
    user = last_of("USER")
    assert user not in {"root", "0"}
    assert any(f"useradd --uid 10001 --gid {user}" in line for line in all_of("RUN"))
    assert dockerfile()[-1].word == "CMD"


def test_no_secret_goes_into_the_image():
    assert all_of("ARG") == []
    assert set(variables()) <= NOT_OURS | set(BY_NAME)
    assert not [name for name in variables() if name in BY_NAME and BY_NAME[name].secret]


def test_it_says_how_to_ask_whether_it_is_well():
    check = last_of("HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2]) == ["python", "deploy/healthcheck.py", "web"]
    assert "--start-period" in check


def test_the_web_server_is_started_as_by_desk_run():
    """The interface, the application and the static files are the same in both."""
    image, local = json.loads(last_of("CMD")), web_command("127.0.0.1", 8000)
    for option in ("--interface", "--static-path-route"):
        if option in local:
            assert image[image.index(option) + 1] == local[local.index(option) + 1]
    assert image[-1] in local
    assert image[image.index("--port") + 1] == last_of("EXPOSE")
    assert image[image.index("--static-path-mount") + 1] == (
        f"{variables()['DESK_FRONTEND_DIR']}/assets"
    )


def test_the_data_folder_belongs_to_the_account_that_writes_it():
    folder = variables()["DESK_DATA_DIR"]
    assert last_of("VOLUME") == folder
    assert any(f"--owner {last_of('USER')}" in line and folder in line for line in all_of("RUN"))


def copied() -> list[str]:
    """Every path that is copied out of the checkout."""
    lines = [line for line in all_of("COPY") if not line.startswith("--from")]
    return [source for line in lines for source in line.split()[:-1]]


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_and_is_not_ignored(source: str):
    assert (ROOT / source).exists()
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"!{Path(source).parts[0]}" in rules
    assert source.rstrip("/") not in rules


def test_data_and_secrets_of_a_checkout_are_never_sent_to_the_builder():
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*", "everything is left out unless it is named"
    assert not {f"!{name}" for name in (".env", ".desk", ".git", ".venv")} & set(rules)
    assert "**/.env" in rules
