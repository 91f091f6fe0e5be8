"""`zoo-tf1`: bottom-up pose and SSD detection of TensorFlow 1.15 graphs in fp32, simulated and executed integers."""

from typing import List, Optional

from zoo_common import console
from zoo_common.frontend import add_evaluate
from zoo_common.frontend.listing import add_list
from zoo_common.frontend.tfrecord import add_tfrecord
from zoo_tf1 import __version__
from zoo_tf1.backend import Tf1Backend
from zoo_tf1.cli import benchmark, export, quantize, sensitivity

COLUMNS = (("AP", "fp32", False), ("W8A8", "w8a8", False))
NOTE = "AP as stated on the card: published on COCO, or measured by this project where the card says so."
EPILOG = """examples:
  zoo-tf1 list
  zoo-tf1 evaluate                                       the embedded network on the embedded images
  zoo-tf1 evaluate pose_estimation --data /data/coco --split val2014
  zoo-tf1 evaluate tfpose_mobilenet_v2_small --graph graph_opt.pb --data /data/coco
  zoo-tf1 evaluate exported --graph mine.pb --input image --outputs heat,paf --data /data/coco
  zoo-tf1 evaluate ssd_demo                              the embedded detector (ZOO_MODEL=ssd_demo makes it the default)
  zoo-tf1 evaluate ssd_mobilenet_v2 --tfrecords /data/records --annotations instances_val2017.json
  zoo-tf1 sensitivity tfpose_mobilenet_v2_small --graph graph_opt.pb --data /data/coco
  zoo-tf1 evaluate tfpose_mobilenet_v2_small --graph graph_opt.pb --data /data/coco --precision fp32,w8a8 \\
      --config per_channel --disable-output-quantizer 'Openpose/MConv_Stage*_concat,Openpose/*_depthwise/depthwise'
  zoo-tf1 quantize --precision int8-executed --out model
  zoo-tf1 benchmark --precision fp32,w8a8,int8-executed
"""


def parser() -> console.Parser:
    """Return the parser of `zoo-tf1`."""
    backend = Tf1Backend()
    top = console.Parser(prog="zoo-tf1", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-tf1 " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_list(commands, backend, COLUMNS, NOTE)
    add_evaluate(commands, backend, backend.default_model, EPILOG, backend.default_precisions)
    for command in (quantize, benchmark, sensitivity, export):
        command.add_commands(commands, backend, backend.default_model)
    add_tfrecord(commands)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""
    console.run("zoo-tf1", lambda: execute(argv))


def execute(argv: Optional[List[str]]) -> int:
    """Parse and run a command line; returns the exit code. The zoo's script names enter here too."""
    args = parser().parse_args(argv)
    return args.function(args)


if __name__ == "__main__":
    main()
