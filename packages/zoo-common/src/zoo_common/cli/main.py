"""`zoo`: the models of every package installed here, data, scores and run directories."""

from typing import List, Optional

from zoo_common import __version__, console
from zoo_common.cli import compare, data, export, log, models, report, runs, sandbox, schema, score, show
from zoo_common.doctor import command as doctor

EPILOG = """examples:
  zoo doctor                                     what this machine has and lacks
  zoo list                                       the models installed here
  zoo evaluate hrnet_demo --limit 20             evaluate one of them
  zoo data synth                                 draw the embedded synthetic COCO dataset
  zoo data check /data/coco                      is this COCO tree fit for evaluation?
  zoo score --annotations A.json --results R.json --type keypoints
  zoo compare FP32_RUN INT8_RUN --require-ap-drop-below 0.01
  zoo ls runs/                                   one table over all runs
  zoo show runs/RUN                              everything one run says of itself
  zoo export runs --out runs.parquet             one row a run, for pandas or polars
  zoo report runs/ --out report/                 one page: what the small models cost, and how sure that is
  zoo log runs --to mlflow --tracking-uri URI    the same in an experiment tracker
  zoo sandbox --writable runs -- COMMAND ...     run on a graph nobody vouches for: no network, few files
"""


def parser() -> console.Parser:
    """Return the parser of `zoo`."""
    top = console.Parser(prog="zoo", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-common " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in (models, data, score, compare, runs, show, export, report, log, schema, sandbox, doctor):
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
