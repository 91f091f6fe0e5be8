"""Evaluate every model in shards, on this machine or on a Slurm cluster (`make eval-all ENGINE=local SHARDS=4`).

    run.py --engine local|slurm [--shards N] [--jobs M] [--data COCO] [--limit N] [--out DIR] [SNAKEMAKE OPTION ...]

The same command goes on where it was interrupted, and does nothing where nothing is missing. Exit code 1: a step
failed; the last lines say which, on which node, and where its log is.
"""

import argparse
import fcntl
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import List

from step import said

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--engine", choices=["local", "slurm"], required=True)
    parser.add_argument("--shards", type=_positive, help="of each model and precision (default: workflow/config.yaml)")
    parser.add_argument("--jobs", type=_positive, help="steps at once (default: one a core, or 100 Slurm jobs)")
    parser.add_argument("--data", type=Path, metavar="COCO", help="a COCO tree instead of the embedded images")
    parser.add_argument("--limit", type=_positive, help="the first so many images")
    parser.add_argument("--only", help="models, separated by commas")
    parser.add_argument("--config", nargs="+", default=[], metavar="KEY=VALUE", help="other fields of config.yaml")
    parser.add_argument("--out", type=Path, default=Path("build/workflow"), help="folder for everything written")
    args, options = parser.parse_known_args()
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # Snakemake's own lock outlives a killed process; this one does not.
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("run.py: error: {}: another workflow runs there".format(out), file=sys.stderr)
            return 2
        return _run(_command(args, options, out), out, lock.fileno())


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _command(args: argparse.Namespace, options: List[str], out: Path) -> List[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(HERE / "Snakefile"), "--directory", str(out)]
    command += ["--profile", str(HERE / "profiles" / args.engine), "--nolock"]
    if args.jobs is not None:
        command += ["--cores" if args.engine == "local" else "--jobs", str(args.jobs)]
    data = args.data.resolve() if args.data is not None else None
    settings = {"shards": args.shards, "data": data, "limit": args.limit, "only": args.only}
    given = args.config + ["{}={}".format(*item) for item in settings.items() if item[1] is not None]
    return command + options + (["--config", *given] if given else [])


def _run(command: List[str], out: Path, lock: int) -> int:
    process = subprocess.Popen(command, pass_fds=[lock])  # it holds the lock too, should it outlive this process
    signal.signal(signal.SIGINT, lambda *_: None)  # Snakemake gets it from the terminal
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    left = sorted(out.glob("notes/*.json")) if code else []
    for note in left:
        print(said(json.loads(note.read_text(encoding="utf-8"))), file=sys.stderr)
    if code == 0:
        report = out / "report" / "index.html"
        print("report: {}".format(report) if report.exists() else "done: {}".format(out))
    elif not left:
        print("run.py: Snakemake ended with exit code {}".format(code), file=sys.stderr)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
