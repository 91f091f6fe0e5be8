"""Cases of one target in one process: run in the environment that reads them, one line of JSON a case on stdout."""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, Callable, Dict, Iterator

from fuzz.guard import FINDING, Outcome, Watch, judge
from fuzz.registry import TARGETS
from fuzz.target import Files, Target, write_files


def make(name: str, scratch: Path) -> Target:
    """Return a target by its name."""
    module, _, kind = TARGETS[name].implementation.partition(":")
    found = getattr(import_module("fuzz.targets." + module), kind)
    scratch.mkdir(parents=True)
    return found(scratch)  # type: ignore[no-any-return]


class Runner:
    """Writes cases to a folder, reads them, judges, cleans up."""

    def __init__(self, target: Target, watch: Watch) -> None:
        self.target = target
        self.watch = watch

    def run(self, files: Files, random: Random) -> Outcome:
        """Judge one case."""
        work = self.watch.work
        write_files(work, files)
        outcome = judge(lambda: self.target.read(work, random))
        strayed = self.watch.strayed()
        shutil.rmtree(str(work))
        work.mkdir()
        if strayed is not None:
            return Outcome(FINDING, "wrote outside", strayed)
        return outcome


@contextlib.contextmanager
def sandbox(name: str) -> Iterator[Runner]:
    """Open a target in a temporary folder, in memory where the machine has such folders."""
    memory = Path("/dev/shm")
    root = tempfile.mkdtemp(prefix="zoo-fuzz-", dir=str(memory) if memory.is_dir() else None)
    try:
        os.environ.update(HOME=root, XDG_CACHE_HOME=root + "/cache", TMPDIR=root + "/tmp", QUANTZOO_CACHE=root + "/c")
        Path(root, "tmp").mkdir()
        target = make(name, Path(root, "tmp", "scratch"))
        shutil.rmtree(str(Path(root, "tmp", "scratch")))
        watch = Watch(Path(root, "watched"))
        os.chdir(str(watch.work.parent))
        yield Runner(target, watch)
    finally:
        os.chdir("/")
        shutil.rmtree(root, ignore_errors=True)


def case_random(name: str, seed: int, case: int) -> Random:
    """Return what decides a case, whatever cases ran before it."""
    return Random("{} {} {}".format(name, seed, case))


def reporter() -> Callable[[Dict[str, Any]], None]:
    """Return what writes a line to the supervisor; everything else that is printed from now on goes to stderr."""
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def report(line: Dict[str, Any]) -> None:
        stream.write(json.dumps(line) + "\n")
        stream.flush()

    return report


def main() -> None:
    """Run cases FIRST to LAST - 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seed", type=int)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--keep", type=Path, help="folder for the files of findings; without cases: of the first case")
    args = parser.parse_args()
    report = reporter()
    keep = args.keep.resolve() if args.keep else None
    with sandbox(args.target) as runner:
        outcome = runner.run(dict(runner.target.files), Random(0))
        report({"valid": outcome.verdict, "where": outcome.where, "what": outcome.what})
        for case in range(args.first, args.last):
            start = time.perf_counter()
            random = case_random(args.target, args.seed, case)
            files = runner.target.case(random)
            outcome = runner.run(files, random)
            if outcome.verdict == FINDING and keep is not None:
                write_files(keep / "{}-{}-{}".format(args.target, args.seed, case), files)
            report(dict(outcome._asdict(), case=case, seconds=time.perf_counter() - start))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
