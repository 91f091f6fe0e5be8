"""`zoo sandbox`: a command that handles what one does not trust."""

import argparse
import re
from pathlib import Path
from typing import Any

from zoo_common.console import positive
from zoo_common.sandbox import Limits, run_sandboxed

EPILOG = """The command sees the system's programs, its own Python environment, the download cache and what --readable
and --writable name, the latter alone to write to. It has no network, no GPU and an empty home.
What it writes to /tmp is gone afterwards.

examples:
  mkdir -p runs && zoo sandbox --readable strange.pb --writable runs -- \\
      .tox/tf1/bin/zoo-tf1 evaluate pose_estimation --graph strange.pb --out runs/strange
"""
_UNITS = {"M": 20, "G": 30, "T": 40}


def add_commands(commands: Any) -> None:
    """Add `zoo sandbox`."""
    defaults = Limits()
    parser = commands.add_parser(
        "sandbox",
        help="run a command without network, on few files, in bounded memory (Linux, bubblewrap)",
        description=__doc__,
        epilog=EPILOG,
    )
    parser.add_argument("words", metavar="COMMAND", nargs="+", help="the command and its arguments, after --")
    parser.add_argument("--readable", metavar="PATH", nargs="+", type=Path, help="files and folders to show")
    parser.add_argument("--writable", metavar="DIR", nargs="+", type=Path, help="folders it may write to")
    parser.add_argument("--memory", metavar="SIZE", type=_size, default="8G", help="of all its processes")
    parser.add_argument("--time", metavar="S", type=positive, default=int(defaults.seconds), help="seconds it may take")
    parser.add_argument("--tasks", metavar="N", type=positive, default=defaults.tasks, help="processes and threads")
    parser.set_defaults(function=_sandbox)


def _size(text: str) -> int:
    found = re.match(r"([1-9][0-9]{0,6})([MGT])$", text)
    if found is None:
        raise argparse.ArgumentTypeError("'{}' is not a size such as 512M or 8G".format(text))
    return int(found.group(1)) << _UNITS[found.group(2)]


def _sandbox(args: argparse.Namespace) -> int:
    words = args.words[1:] if args.words[0] == "--" else args.words
    return run_sandboxed(words, args.readable or (), args.writable or (), Limits(args.memory, args.time, args.tasks))
