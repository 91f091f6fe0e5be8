"""How every case ends: the same command once more, the same bytes."""

from pathlib import Path

from torture.outcome import require
from torture.places import Place
from torture.process import Ended
from torture.tree import contents, require_same
from torture.workbench import Workbench


def finish(bench: Workbench, place: Place, folder: Path) -> Ended:
    """Run the command to its end; raise `ViolationError` unless it ends as the undisturbed one did."""
    done = bench.run(place, folder)
    require(done.code == 0, "the same command afterwards: exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
    require_as_undisturbed(bench, place, folder, done)
    return done


def require_as_undisturbed(bench: Workbench, place: Place, folder: Path, done: Ended) -> None:
    """Raise `ViolationError` unless folder and output are those of the undisturbed command."""
    expected = bench.undisturbed(place)
    require_same(contents(folder), expected.tree)
    require(not place.prints or done.out == expected.out, "prints something else than undisturbed")


def require_one_line(done: Ended, *names: str) -> None:
    """Raise `ViolationError` unless the process said one line on stderr, with one of ``names`` in it."""
    errors = [line for line in done.lines if not line.endswith("all of them are used")]
    require(len(errors) == 1, "{} lines on stderr instead of one: {}", len(errors), " / ".join(errors[:12]))
    require(not names or any(name in errors[0] for name in names), "does not name {}: {}", names, errors[0])
