""".env.example is complete and says the same as config/environment.py."""

from __future__ import annotations

import pytest

from config.environment import VARIABLES, Variable
from config.settings import env
from tests.deploy.files import COMPOSE_ONLY, env_example

REQUIRED = {"DESK_SECRET_KEY", "DESK_ENCRYPTION_KEY", "DESK_ALLOWED_HOSTS", "DESK_BASE_URL"}


def test_it_names_every_variable_and_no_other():
    known = {variable.name for variable in VARIABLES}
    assert set(env_example()) == known | COMPOSE_ONLY


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda one: one.name)
def test_a_variable_is_explained_in_the_words_of_the_code(variable: Variable):
    comment = " ".join(env_example()[variable.name].comment)
    assert comment.startswith(variable.help)
    assert ("(secret)" in comment) == variable.secret


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda one: one.name)
def test_what_is_commented_out_shows_the_default(variable: Variable):
    shown = env_example()[variable.name]
    if shown.active:
        assert variable.name in REQUIRED
        assert shown.value == "", "a sample value would be used by somebody"
    elif variable.default is not None:
        assert shown.value == variable.default


def test_exactly_what_compose_requires_waits_for_a_value():
    active = {name for name, shown in env_example().items() if shown.active}
    assert active == REQUIRED | COMPOSE_ONLY


def test_an_empty_required_value_is_refused_like_an_absent_one():
    from config.environment import Environment, SettingsError

    assert env.text("DATABASE_URL")
    with pytest.raises(SettingsError, match="DESK_SECRET_KEY is not set"):
        Environment({"DESK_SECRET_KEY": ""}).text("DESK_SECRET_KEY")
