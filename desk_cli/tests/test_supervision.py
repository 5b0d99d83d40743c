"""What dies is started again, each time a little later."""

from __future__ import annotations

import pytest

from desk_cli.errors import StepFailed
from desk_cli.supervise import LONGEST_DELAY, Supervisor, Watched


class Fragile:
    """Lives or not as the test says."""

    def __init__(self) -> None:
        self.alive = True
        self.starts = 0
        self.refuses = False

    def start(self) -> None:
        self.starts += 1
        if self.refuses:
            raise StepFailed("no.")
        self.alive = True


@pytest.fixture
def fragile():
    return Fragile()


@pytest.fixture
def watched(fragile):
    return Watched("probe", lambda: fragile.alive, fragile.start, "probe.log")


def die_and_return(supervisor, fragile, watched, now):
    """The delay until the next start of something that dies at `now`."""
    fragile.alive = False
    watched.started = now - 1
    supervisor.check(now)
    delay = watched.start_at - now
    supervisor.check(now + delay)
    return delay


def test_the_back_off_doubles_and_is_bounded(fragile, watched):
    supervisor = Supervisor([watched], changed=lambda: None)
    delays = [die_and_return(supervisor, fragile, watched, 1000.0 * n) for n in range(1, 9)]
    assert delays == [1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY, LONGEST_DELAY]
    assert fragile.starts == 8


def test_whoever_lived_long_is_started_again_quickly(fragile, watched):
    supervisor = Supervisor([watched], changed=lambda: None)
    watched.deaths = 7
    fragile.alive = False
    watched.started = 0.0
    supervisor.check(1000.0)
    assert watched.start_at == 1001.0


def test_nothing_is_started_before_its_time(fragile, watched):
    supervisor = Supervisor([watched], changed=lambda: None)
    fragile.alive = False
    watched.started = 99.0
    supervisor.check(100.0)
    supervisor.check(100.5)
    assert fragile.starts == 0


def test_it_says_what_died_and_that_it_runs_again(fragile, watched, capsys):
    changes = []
    supervisor = Supervisor([watched], changed=lambda: changes.append(1))
    die_and_return(supervisor, fragile, watched, 100.0)
    said = capsys.readouterr().out
    assert "probe ended; starting it again in 1 s (log: probe.log)" in said
    assert "probe runs again" in said
    assert changes == [1]


def test_a_start_that_fails_counts_as_another_death(fragile, watched, capsys):
    supervisor = Supervisor([watched], changed=lambda: None)
    fragile.refuses = True
    die_and_return(supervisor, fragile, watched, 100.0)
    assert "could not be started: no." in capsys.readouterr().out
    watched.started = 199.0
    supervisor.check(200.0)
    assert watched.start_at == 202.0
