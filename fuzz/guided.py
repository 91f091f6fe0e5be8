"""Cases of one target chosen by Atheris (libFuzzer), which keeps those that reach new lines of ours.

It varies one file of the target, by its own changes and by the target's, which know the format. Python lines of
zoo_common count, C libraries' do not. Chosen by what ran before: a single case is not repeatable by its number, so the
files of each finding are kept.
"""

import argparse
import random
import shutil
import sys
import time
import zlib
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["zoo_common"]):
    from fuzz.worker import reporter, sandbox

from fuzz.guard import FINDING
from fuzz.target import write_files

MOST_BYTES = 1 << 20


def main() -> None:
    """Run cases FIRST to LAST - 1; leaves the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seed", type=int)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--keep", type=Path, required=True)
    args = parser.parse_args()
    report, keep = reporter(), args.keep.resolve()
    with atheris.instrument_imports(include=["zoo_common"]):
        opened = sandbox(args.target)
        runner = opened.__enter__()
    target, state = runner.target, {"case": args.first}
    name = target.guided
    assert name is not None
    outcome = runner.run(dict(target.files), Random(0))
    report({"valid": outcome.verdict, "where": outcome.where, "what": outcome.what})

    def one(content: bytes) -> None:
        if state["case"] >= args.last:
            return
        files = dict(target.files, **{name: content})
        start = time.perf_counter()
        outcome = runner.run(files, Random(zlib.crc32(content)))
        if outcome.verdict == FINDING:
            write_files(keep / "{}-{}-{}".format(args.target, args.seed, state["case"]), files)
        report(dict(outcome._asdict(), case=state["case"], seconds=time.perf_counter() - start))
        state["case"] += 1

    def change(content: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.randrange(3) == 0:
            return atheris.Mutate(content, most)
        return target.change(chance, name, bytes(content))[:most]

    corpus = runner.watch.root.parent / "corpus"
    seeds = [target.files[name], *target.variants.get(name, ())]
    write_files(corpus, {str(number): seed for number, seed in enumerate(seeds)})
    random.seed(args.seed)
    options = {
        "seed": args.seed + 1,
        "runs": args.last - args.first,
        "max_len": MOST_BYTES,
        "len_control": 0,
        "timeout": 0,
        "rss_limit_mb": 0,
        "verbosity": 0,
        "artifact_prefix": "{}/{}-".format(keep, args.target),
    }
    keep.mkdir(parents=True, exist_ok=True)
    atheris.Setup(
        [sys.argv[0], *("-{}={}".format(*item) for item in options.items()), str(corpus)],
        one,
        custom_mutator=change,
    )
    try:
        atheris.Fuzz()
    finally:
        shutil.rmtree(str(runner.watch.root.parent), ignore_errors=True)


if __name__ == "__main__":
    main()
