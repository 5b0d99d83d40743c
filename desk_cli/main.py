"""The arguments of `./desk`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from desk_cli.errors import DeskError, Interrupted
from desk_cli.paths import DEFAULT_DATA

HIGHEST_PORT = 65535
EPILOG = """\
examples:
  ./desk run                      everything on this machine, then open the address it prints
  ./desk test                     all checks and tests, on real servers
  ./desk test -k reply            only the Python tests that pytest selects
  ./desk test faults              the fault tests at full length
  ./desk manage adduser --help    one of the desk's own commands
"""


class Parser(argparse.ArgumentParser):
    """Errors in one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        print(f"{self.prog}: {message}. See {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="./desk",
        description="Send Emails Desk: an e-mail help desk.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_run(commands.add_parser("run", help="start the desk on this machine", allow_abbrev=False))
    _add_test(commands.add_parser("test", help="run all checks and tests", allow_abbrev=False))
    commands.add_parser("check", help="run the static checks alone", allow_abbrev=False)
    manage = commands.add_parser(
        "manage", help="run a management command of the desk", allow_abbrev=False, add_help=False
    )
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    bench = commands.add_parser("bench", help="measure something", allow_abbrev=False)
    bench.add_argument("name", metavar="NAME", help="which bench; an unknown name lists them")
    bench.add_argument("rest", nargs=argparse.REMAINDER, help="passed on, --json for a program")
    doctor = commands.add_parser("doctor", help="say what is missing", allow_abbrev=False)
    _add_data(doctor)
    setup = commands.add_parser("setup", help="install and build what is stale", allow_abbrev=False)
    setup.add_argument("--dev", action="store_true", help="also what the tests need")
    return top


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        default=DEFAULT_DATA,
        metavar="DIR",
        help="data folder (default: .desk)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to {HIGHEST_PORT}")
    return int(text)


def _add_run(command: argparse.ArgumentParser) -> None:
    _add_data(command)
    command.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="the next free one when taken (8000)"
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    command.add_argument("--no-open", action="store_true", help="do not open a browser")
    command.add_argument("--no-demo", action="store_true", help="without the demo mail servers")


def _add_test(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Static checks, Python tests, front-end tests, browser tests. "
        "`faults` runs the fault tests at full length. "
        "Anything else is passed to pytest; then only the Python tests run unless --only says more."
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        choices=("check", "python", "frontend", "browser"),
        help="only this step; may be repeated",
    )


def _split_manage(words: Sequence[str]) -> tuple[Path, list[str]]:
    """`--data DIR` may stand before the command's name; the rest is the command's own."""
    rest = list(words)
    data = DEFAULT_DATA
    while rest and (rest[0] == "--data" or rest[0].startswith("--data=")):
        first = rest.pop(0)
        if first.startswith("--data="):
            data = Path(first.partition("=")[2])
        elif rest:
            data = Path(rest.pop(0))
        else:
            raise DeskError("--data needs a folder: ./desk manage --data DIR NAME ...")
    return data, rest


def dispatch(words: Sequence[str]) -> int:
    """Run the command the words name; its exit code."""
    # manage's words are all its own: argparse would take --help and --data out of them.
    if words and words[0] == "manage":
        data, rest = _split_manage(words[1:])
        from desk_cli.manage import manage

        return manage(data, rest)
    top = parser()
    given, extra = top.parse_known_args(words)
    if extra and given.command != "test":
        top.error(f"unknown argument {extra[0]!r} for {given.command}")
    return _COMMANDS[given.command](given, extra)


def _run(given: argparse.Namespace, _: list[str]) -> int:
    from desk_cli.run import Options, run

    return run(
        Options(
            data=given.data,
            port=given.port,
            host=given.host,
            demo=not given.no_demo,
            open_browser=not given.no_open,
        )
    )


def _test(given: argparse.Namespace, extra: list[str]) -> int:
    from desk_cli.test import test

    return test([word for word in extra if word != "--"], given.only)


def _check(_: argparse.Namespace, __: list[str]) -> int:
    from desk_cli.check import check

    return check()


def _bench(given: argparse.Namespace, _: list[str]) -> int:
    from desk_cli.bench import bench

    return bench(given.name, given.rest)


def _doctor(given: argparse.Namespace, _: list[str]) -> int:
    from desk_cli.doctor import doctor

    return doctor(given.data)


def _setup(given: argparse.Namespace, _: list[str]) -> int:
    from desk_cli.setup import ensure

    ensure("dev" if given.dev else "local")
    return 0


_COMMANDS = {
    "run": _run,
    "test": _test,
    "check": _check,
    "bench": _bench,
    "doctor": _doctor,
    "setup": _setup,
}


def main(words: Sequence[str]) -> int:
    """The exit code: 0 done, 1 a step failed, 2 something to put right first, 130 interrupted."""
    if os.name != "posix":
        print("desk: Linux or macOS is needed; on Windows use WSL.", file=sys.stderr)
        return 2
    try:
        return dispatch(words)
    except DeskError as error:
        print(f"desk: {error}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, Interrupted):
        print("desk: interrupted; start again to go on", file=sys.stderr)
        return 130
