"""The short form, for ordinary tests: few cases, which Hypothesis draws and makes smaller where one fails."""

import contextlib
from pathlib import Path
from random import Random
from typing import Callable, Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.guard import FINDING, OK, Watch
from fuzz.worker import Runner, make


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Runner]:
    """Open a target in a test's folder; its valid files are read first."""
    runner = Runner(make(name, folder / "scratch"), Watch(folder / "watched"))
    outcome = runner.run(dict(runner.target.files), Random(0))
    assert outcome.verdict == OK, "valid files: {}".format(outcome)
    yield runner


def check(name: str, folder: Path, cases: int) -> None:
    """Run cases of a target, the same each time.

    Raises:
        AssertionError: one ended otherwise than in success or one clear line.
    """
    with opened(name, folder) as runner:
        _property(runner, cases)()


def _property(runner: Runner, cases: int) -> Callable[[], None]:
    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.randoms(use_true_random=False))
    def judged(random: Random) -> None:
        outcome = runner.run(runner.target.case(random), Random(random.randrange(1 << 30)))
        assert outcome.verdict != FINDING, outcome

    return judged  # type: ignore[no-any-return]
