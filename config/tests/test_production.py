"""What a production desk refuses to start with, and that it says so in one line."""

from __future__ import annotations

import subprocess

import pytest

from config.environment import SettingsError
from config.tests.desk_settings import PRODUCTION, production
from desk_cli.paths import ROOT, VENV_PYTHON


def refusal(without: str = "", **changed: str) -> str:
    """The words with which a desk of this environment refuses to start."""
    with pytest.raises(SettingsError) as caught:
        production(without, **changed)
    words = str(caught.value)
    assert "\n" not in words
    return words


def test_a_desk_without_desk_env_is_a_production_desk():
    assert production()["DESK_ENV"] == "production"
    assert production()["DEBUG"] is False


def test_debug_is_refused():
    assert "DESK_DEBUG=1 is refused" in refusal(DESK_DEBUG="1")


@pytest.mark.parametrize("name", ["DESK_SECRET_KEY", "DESK_ENCRYPTION_KEY", "DATABASE_URL"])
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_secret_is_named(name: str, empty: bool):
    words = refusal(**{name: ""}) if empty else refusal(name)
    assert words.startswith(f"{name} is not set: ")


@pytest.mark.parametrize(
    "key",
    ["x", "a" * 39, "change-me" * 8, "CHANGEME" * 8, "django-insecure-" + "k" * 50, "secret" * 9],
)
def test_a_sample_or_short_secret_key_is_refused_with_the_command_for_a_good_one(key: str):
    words = refusal(DESK_SECRET_KEY=key)
    assert words.startswith("DESK_SECRET_KEY is a sample or too short")
    assert "openssl rand" in words
    assert key not in words or len(key) == 1


@pytest.mark.parametrize("hosts", ["", " , ", "*", "desk.example.com,*"])
def test_no_host_name_and_every_host_name_are_refused(hosts: str):
    assert refusal(DESK_ALLOWED_HOSTS=hosts).startswith("DESK_ALLOWED_HOSTS is empty or '*'")


@pytest.mark.parametrize(
    "key", ["short", "A" * 42 + "==", "A" * 44, "not base64, but 44 letters!!"]
)
def test_an_encryption_key_that_seals_nothing_is_refused_at_the_start(key: str):
    words = refusal(DESK_ENCRYPTION_KEY=key)
    assert words.startswith("DESK_ENCRYPTION_KEY must be 32 random bytes")
    assert key not in words


@pytest.mark.parametrize("key", ["-_-_" * 10 + "-_8=", "+/+/" * 10 + "+/8="])
def test_both_alphabets_of_base64_are_taken_for_the_encryption_key(key: str):
    assert production(DESK_ENCRYPTION_KEY=key)["DESK_ENCRYPTION_KEY"] == key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESK_ENV", "prod"),
        ("DESK_DEBUG", "maybe"),
        ("DESK_LANGUAGE", "fr"),
        ("DESK_TIME_ZONE", "Mars/Olympus"),
        ("DESK_TIME_ZONE", "../../etc/passwd"),
        ("DESK_LOG_LEVEL", "LOUD"),
        ("DESK_POLL_SECONDS", "often"),
        ("DESK_POLL_SECONDS", "0"),
        ("DESK_FETCH_BATCH", "-5"),
        ("DESK_MAX_MAIL_BYTES", "1"),
        ("DESK_DATABASE_POOL", "many"),
        ("DESK_PRIVATE_NETWORKS", "203.0.113.0/24, the office"),
        ("DESK_DNS_SERVER", "localhost"),
        ("DESK_DNS_SERVER", "192.0.2.1:dns"),
        ("DESK_OAUTH_ENDPOINTS", "https://example.com"),
        ("DESK_OAUTH_ENDPOINTS", '{"google": {"token": "https://example.com/token"}}'),
        (
            "DESK_OAUTH_ENDPOINTS",
            '{"google": {"authorize": "http://127.0.0.1/a", "token": "http://127.0.0.1/t"}}',
        ),
        ("DATABASE_URL", "mysql://desk@localhost/desk"),
        ("DATABASE_URL", "postgresql://desk@localhost"),
        ("DATABASE_URL", "postgresql://desk@localhost:port/desk"),
        ("DATABASE_URL", "postgresql://desk@[::1/desk"),
        ("CELERY_BROKER_URL", "localhost:6379"),
        ("CELERY_BROKER_URL", "http://localhost"),
    ],
)
def test_a_value_that_can_not_be_used_is_named_before_anything_starts(name: str, value: str):
    assert name in refusal(**{name: value})


def test_a_password_in_an_unusable_address_is_not_shown():
    address = "postgresql://desk:hunter2@localhost:port/desk"
    assert "hunter2" not in refusal(DATABASE_URL=address)
    assert "hunter2" not in refusal(CELERY_BROKER_URL="http://:hunter2@localhost")


@pytest.mark.parametrize("program", ["backend/manage.py check", "scripts/email_monitor.py"])
def test_programs_end_with_the_line_and_exit_code_two(program: str):
    ended = subprocess.run(
        [str(VENV_PYTHON), *program.split()],
        env=PRODUCTION | {"DESK_DEBUG": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    assert line.endswith("DESK_DEBUG=1 is refused in production: unset it.")
    assert (ended.returncode, ended.stdout) == (2, "")


def test_a_local_desk_may_be_debugged_and_needs_no_host_names():
    settings = production(DESK_ENV="local", DESK_DEBUG="1", DESK_ALLOWED_HOSTS="")
    assert (settings["DEBUG"], settings["ALLOWED_HOSTS"]) == (True, [])


def test_a_crash_point_works_in_no_desk_but_that_of_the_tests():
    for environment, honoured in (("production", ""), ("local", ""), ("test", "after_parse:1")):
        settings = production(DESK_ENV=environment, DESK_CRASHPOINT="after_parse:1")
        assert settings["DESK_CRASHPOINT"] == honoured


def test_only_tests_may_hash_passwords_cheaply():
    for environment in ("production", "local"):
        hashers = production(DESK_ENV=environment)["PASSWORD_HASHERS"]
        assert hashers == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@pytest.mark.parametrize(("url", "secure"), [("https://d.test", True), ("http://d.test", False)])
def test_cookies_are_for_https_alone_once_the_desk_is_reached_by_https(url: str, secure: bool):
    settings = production(DESK_BASE_URL=url)
    assert settings["DESK_SECURE_COOKIES"] is secure
    assert ("SECURE_HSTS_SECONDS" in settings) is secure
