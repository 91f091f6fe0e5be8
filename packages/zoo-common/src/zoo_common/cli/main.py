"""`zoo`: data, scores and run directories, independent of any framework."""

from typing import List, Optional

from zoo_common import __version__, console
from zoo_common.cli import data, runs, schema, score
from zoo_common.doctor import command as doctor

EPILOG = """examples:
  zoo doctor                                     what this machine has and lacks
  zoo data synth                                 draw the embedded synthetic COCO dataset
  zoo data check /data/coco                      is this COCO tree fit for evaluation?
  zoo score --annotations A.json --results R.json --type keypoints
  zoo ls runs/                                   one table over all runs
"""


def parser() -> console.Parser:
    """Return the parser of `zoo`."""
    top = console.Parser(prog="zoo", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-common " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in (data, score, runs, schema, doctor):
        room.add_commands(commands)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""

    def command() -> int:
        args = parser().parse_args(argv)
        return args.function(args)

    console.run("zoo", command)


if __name__ == "__main__":
    main()
