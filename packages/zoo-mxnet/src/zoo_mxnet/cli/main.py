"""`zoo-mxnet`: GluonCV's pose networks and exported ones, fp32 and executed int8, from evaluation to deployment."""

from typing import List, Optional

from zoo_common import console
from zoo_common.frontend import add_evaluate
from zoo_common.frontend.listing import add_list
from zoo_mxnet import __version__
from zoo_mxnet.backend import MXNetBackend
from zoo_mxnet.cli import benchmark, export, quantize

COLUMNS = (("AP", "fp32", False), ("AP flip", "fp32", True), ("AP int8", "int8", False))
EPILOG = """examples:
  zoo-mxnet list
  zoo-mxnet evaluate                                     the embedded network on the embedded images
  zoo-mxnet evaluate simple_pose_resnet50_v1b --data /data/coco --precision fp32,int8
  zoo-mxnet evaluate ultralight_nano_simplepose --model-prefix nets/nano --data /data/coco --limit 100
  zoo-mxnet quantize simple_pose_resnet50_v1b --data /data/coco --calib-mode entropy
  zoo-mxnet benchmark simple_pose_resnet18_v1b --batch-size 1
"""


def parser() -> console.Parser:
    """Return the parser of `zoo-mxnet`."""
    backend = MXNetBackend()
    top = console.Parser(prog="zoo-mxnet", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-mxnet " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_list(commands, backend, COLUMNS)
    add_evaluate(commands, backend, backend.default_model, EPILOG)
    quantize.add_commands(commands, backend, backend.default_model)
    benchmark.add_commands(commands, backend, backend.default_model)
    export.add_commands(commands, backend, backend.default_model)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""
    console.run("zoo-mxnet", lambda: execute(argv))


def execute(argv: Optional[List[str]]) -> int:
    """Parse and run a command line; returns the exit code. `simple-pose-validate` enters here too."""
    args = parser().parse_args(argv)
    return args.function(args)


if __name__ == "__main__":
    main()
