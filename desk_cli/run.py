"""`./desk run`: private servers, then web, monitor, workers and beat, watched until Ctrl-C.

1. lock the data folder; end what a killed run left behind
2. set-up step when stale; secrets on the first run
3. PostgreSQL and Valkey; migrations when there are new ones; the demo room
4. web, monitor, worker, sender, beat; wait until /readyz answers 200 from our own web process
5. print the address; restart what dies
6. stop: web, then workers, beat and monitor, then the demo room, the broker, PostgreSQL
"""

from __future__ import annotations

import http.client
import os
import secrets
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from desk_cli import frontend, ports, process, setup, variables
from desk_cli.backing import Backing, migrations_digest
from desk_cli.errors import Interrupted, StepFailed, tail_of
from desk_cli.paths import FRONTEND_DIST, ROOT, VENV_BIN, VENV_PYTHON, manage_command
from desk_cli.process import Child
from desk_cli.progress import say, step
from desk_cli.servers.demo_room import DemoRoom
from desk_cli.signals import EndRequests
from desk_cli.state import DataFolder
from desk_cli.supervise import Supervisor, Watched

READY_SECONDS = 180.0
DEATHS_BEFORE_READY = 3
LARGEST_LOG = 10 * 1024 * 1024


@dataclass(frozen=True)
class Options:
    """What `./desk run` was asked for."""

    data: Path
    port: int = 8000
    host: str = "127.0.0.1"
    demo: bool = True
    open_browser: bool = True


class Desk:
    """One running desk: start(), watch() until asked to end, stop()."""

    def __init__(self, options: Options, requests: EndRequests) -> None:
        self.options, self.requests = options, requests
        self.data = DataFolder(options.data)
        self.instance = secrets.token_hex(16)
        self.port = options.port
        self.backing: Backing | None = None
        self.room: DemoRoom | None = None
        self.environment: dict[str, str] = {}
        self.web: Child | None = None
        self.others: list[Child] = []

    @property
    def address(self) -> str:
        """Where people open the desk."""
        return variables.address(self.options.host, self.port)

    def start(self) -> None:
        """Everything up to the line with the address; raises DeskError or Interrupted."""
        self.data.prepare()
        self.data.lock("desk run")
        left = self.data.end_leftovers()
        if left:
            say(f"The last run was cut off; {left} of its processes were ended.")
        setup.ensure("local")
        os.umask(0o077)  # mails, logs and state are nobody else's to read
        rotate_logs(self.data.logs)
        self.port = ports.first_free_from(self.options.port, self.options.host)
        if self.port != self.options.port:
            say(f"Port {self.options.port} is taken, using {self.port}.")
        os.environ["DESK_INSTANCE"] = self.instance  # inherited by every child from here on
        self.backing = Backing(self.data)
        with step("Starting the database and the broker"):
            self.backing.start()
        self._collect_environment()
        self._save()
        self._migrate()
        if self.options.demo:
            self._open_demo_room()
        with step("Starting web, monitor, worker and beat"):
            self._start_processes()
            self._wait_until_ready()

    def _collect_environment(self) -> None:
        if self.backing:
            self.environment = (
                variables.of_desk(self.data, host=self.options.host, port=self.port)
                | self.backing.environment
                # The checks are run by the tests; a worker would spend a second on them each time.
                | {"DESK_INSTANCE": self.instance, "DESK_DEMO": "0", "CELERY_SKIP_CHECKS": "1"}
            )

    def _migrate(self) -> None:
        migrate_if_stale(self.data, self.backing, self.environment)

    def _open_demo_room(self) -> None:
        before = [int(word) for word in self.data.stamp("demo_ports").split()] or [0, 0]
        self.room = DemoRoom(
            self.data.path / "demo",
            self.data.secret_file("demo_password"),
            logs=self.data.logs,
            smtp_port=before[0],
            imap_port=before[1],
            instance=self.instance,
        )
        with step("Opening the demo room"):
            self.room.start()
            self.data.set_stamp("demo_ports", f"{self.room.smtp_port} {self.room.imap_port}")
            self.environment |= self.room.environment
            self._save()
            self._fill_demo_room(self.room)

    def _fill_demo_room(self, room: DemoRoom) -> None:
        """`manage demoroom` once for a database and pair of ports; a failure is said, not fatal."""
        identity = self.backing.identity if self.backing else ""
        mark = f"{identity} {room.smtp_port} {room.imap_port} {migrations_digest()}"
        if identity and self.data.stamp("demo_room") == mark:
            return
        log = self.data.logs / "demoroom.log"
        code = process.run_logged(
            manage_command("demoroom"), log=log, env=self.environment, cwd=ROOT
        )
        if code:
            say(f"\n  the demo room could not be filled, going on without its tickets (log: {log})")
        else:
            self.data.set_stamp("demo_room", mark)

    def _start_processes(self) -> None:
        self.web = self._child("web", web_command(self.options.host, self.port), patience=15.0)
        python = [str(VENV_PYTHON), "-m"]
        worker = [*python, "desk_cli.celery_worker", "mail,default", "2"]
        # Sending waits for servers and needs no second processor: threads of one process do it,
        # and a flood of mail that comes in delays no reply.
        sender = [*python, "desk_cli.celery_worker", "send", "2", "threads"]
        beat = [*python, "desk_cli.celery_beat", str(self.data.path / "beat-schedule")]
        monitor = [str(VENV_PYTHON), "scripts/email_monitor.py"]
        self.others = [
            self._child("worker", worker, patience=40.0),
            self._child("sender", sender, patience=40.0),
            self._child("beat", beat),
            self._child("monitor", monitor, patience=20.0),
        ]
        for child in (self.web, *self.others):
            child.start()
        self._save()

    def _child(self, name: str, command: list[str], patience: float = 10.0) -> Child:
        return Child(
            name,
            command,
            log=self.data.logs / f"{name}.log",
            env=self.environment,
            cwd=ROOT,
            patience=patience,
        )

    def _wait_until_ready(self) -> None:
        supervisor = self.supervisor(quiet=True)
        last_look = 0.0

        def ready() -> bool:
            nonlocal last_look
            supervisor.check()
            for each in supervisor.watched:
                if each.deaths >= DEATHS_BEFORE_READY:
                    text = Path(each.log).read_text(encoding="utf-8", errors="replace")
                    raise StepFailed(
                        f"{each.name} ends as soon as it is started.",
                        tail=tail_of(text),
                        advice=f"Its log: {each.log}",
                    )
            if time.monotonic() - last_look < 0.25:
                return False
            last_look = time.monotonic()
            return self._answers_ready()

        if not process.wait_until(ready, READY_SECONDS, 0.05):
            raise StepFailed(
                f"the desk is not ready after {READY_SECONDS:.0f} s: {self._readiness()}",
                advice=f"The logs are in {self.data.logs}",
            )

    def _answers_ready(self) -> bool:
        answer = self._ask_ready()
        return answer is not None and answer[0] == 200 and answer[1] == self.instance

    def _ask_ready(self) -> tuple[int, str, str] | None:
        """Status, name of the copy that answers, body; None when nobody answers."""
        host = self.options.host
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
        link = http.client.HTTPConnection(host, self.port, timeout=5.0)
        try:
            link.request("GET", "/readyz", headers={"Host": f"localhost:{self.port}"})
            answer = link.getresponse()
            body = answer.read(4096).decode("utf-8", errors="replace")
            return answer.status, answer.getheader("X-Desk-Instance", ""), body
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()

    def _readiness(self) -> str:
        answer = self._ask_ready()
        return "no answer" if answer is None else f"{answer[0]} {answer[2][:300]}"

    def supervisor(self, *, quiet: bool = False) -> Supervisor:
        """Watches every server and process of this desk."""
        watched = []
        if self.backing and self.backing.postgres:
            server = self.backing.postgres
            watched.append(
                Watched("postgresql", lambda: server.running, server.start, str(server.log))
            )
        if self.backing and self.backing.valkey:
            broker = self.backing.valkey
            watched.append(Watched("valkey", lambda: broker.running, broker.start, str(broker.log)))
        watched += [watch_child(child) for child in self._children()]
        return Supervisor(watched, changed=self._save, quiet=quiet)

    def _children(self) -> list[Child]:
        room = self.room.children if self.room else []
        return [*room, *self.others, *([self.web] if self.web else [])]

    def _save(self) -> None:
        """run.json: who we are, and whom to end if we are killed."""
        children = self._children()
        if self.backing:
            for server in (self.backing.postgres, self.backing.valkey):
                if server and server.child:
                    children.append(server.child)
        running = [child.pid for child in children if child.running]
        self.data.write_run(
            {
                "pid": os.getpid(),
                "birth": process.birth(os.getpid()),
                "instance": self.instance,
                "address": self.address,
                "environment": variables.of_project(self.environment),
                "children": {str(pid): process.birth(pid) for pid in running},
            }
        )

    def announce(self) -> None:
        """The one line with the address; the browser when there is a display."""
        say(f"Send Emails Desk is ready: {self.address}")
        code_file = self.environment.get("DESK_SETUP_CODE_FILE")
        if code_file:
            say(f"Others can reach it: the first administrator needs the code in {code_file}")
        if self.options.open_browser and has_display():
            webbrowser.open(self.address)

    def watch(self) -> None:
        """Restart what dies until somebody asks for the end."""
        supervisor = self.supervisor()
        while not process.interruption.is_set():
            supervisor.check()
            process.interruption.wait(0.3)

    def stop(self) -> None:
        """Stop in order; whatever does not end in time is killed. Data is kept."""

        def hard() -> bool:
            return self.requests.hard

        if self.web:
            self.web.stop(hard=hard)
        for child in self.others:
            child.ask_to_stop()
        for child in self.others:
            child.stop(hard=hard)
        if self.room:
            self.room.stop()
        if self.backing:
            self.backing.stop()
        if self.data.locked:  # else the folder is another copy's
            self.data.forget_run()
            self.data.unlock()


def watch_child(child: Child) -> Watched:
    """A child that is started again by the same command."""
    return Watched(child.name, lambda: child.running, child.start, str(child.log))


def web_command(host: str, port: int) -> list[str]:
    """granian with the built app's files beside Django."""
    command = [
        str(VENV_BIN / "granian"), "--interface", "asginl", "config.asgi:application",
        "--host", host, "--port", str(port),
    ]  # fmt: skip
    assets = FRONTEND_DIST / "assets"
    if frontend.exists() and assets.is_dir():
        command += ["--static-path-route", "/assets", "--static-path-mount", str(assets)]
    return command


def migrate_if_stale(
    data: DataFolder, backing: Backing | None, environment: dict[str, str]
) -> None:
    """`manage migrate` unless this database has had these very migrations; raises StepFailed."""
    identity = backing.identity if backing else ""
    mark = f"{identity} {migrations_digest()}"
    if identity and data.stamp("migrations") == mark:
        return
    log = data.logs / "migrate.log"
    with step("Updating the database"):
        command = manage_command("migrate", "--noinput")
        if process.run_logged(command, log=log, env=environment, cwd=ROOT):
            text = log.read_text(encoding="utf-8", errors="replace")
            raise StepFailed("the migrations failed.", tail=tail_of(text), advice=f"Log: {log}")
        data.set_stamp("migrations", mark)


def rotate_logs(folder: Path) -> None:
    """Keep one older log of each kind once it is larger than 10 MB."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


def has_display() -> bool:
    """Whether a browser window could appear for the person who typed the command."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(options: Options) -> int:
    """Run a desk until it is asked to end: 0; DeskError when it could not start."""
    requests = EndRequests()
    requests.install()
    desk = Desk(options, requests)
    try:
        desk.start()
        desk.announce()
        desk.watch()
    except Interrupted:
        say("")
    finally:
        if desk.backing:
            say("Stopping (once more Ctrl-C: at once)")
        desk.stop()
    return 0
