"""`zoo-torch`: HRNet pose in fp32, simulated W8A8 and W4A8, and executed integers, from evaluation to export."""

from typing import List, Optional

from zoo_common import console
from zoo_common.frontend import add_evaluate
from zoo_common.frontend.listing import add_list
from zoo_torch import __version__
from zoo_torch.backend import TorchBackend
from zoo_torch.cli import benchmark, export, quantize, sensitivity

COLUMNS = (("AP", "fp32", False), ("AP flip", "fp32", True), ("W8A8 flip", "w8a8", True), ("W4A8 flip", "w4a8", True))
EPILOG = """examples:
  zoo-torch list
  zoo-torch evaluate                                     the embedded network on the embedded images
  zoo-torch evaluate hrnet_posenet --data /data/coco --precision fp32,w8a8,w4a8
  zoo-torch evaluate hrnet_w32 --weights pose_hrnet_w32_256x192.pth --data /data/coco --boxes detections.json
  zoo-torch evaluate exported --onnx pose.onnx --data /data/coco --flip-test
  zoo-torch quantize hrnet_w32 --weights pose_hrnet_w32_256x192.pth --data /data/coco --precision w4a8
  zoo-torch sensitivity --precision w4a8
  zoo-torch benchmark --batch-size 1
"""


def parser() -> console.Parser:
    """Return the parser of `zoo-torch`."""
    backend = TorchBackend()
    top = console.Parser(prog="zoo-torch", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-torch " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_list(commands, backend, COLUMNS)
    add_evaluate(commands, backend, backend.default_model, EPILOG, backend.default_precisions)
    for command in (quantize, benchmark, sensitivity, export):
        command.add_commands(commands, backend, backend.default_model)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""
    console.run("zoo-torch", lambda: execute(argv))


def execute(argv: Optional[List[str]]) -> int:
    """Parse and run a command line; returns the exit code. `hrnet-posenet-quanteval` enters here too."""
    args = parser().parse_args(argv)
    return args.function(args)


if __name__ == "__main__":
    main()
