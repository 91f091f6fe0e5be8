"""`zoo-tf2-rle`: RLE pose regression of TensorFlow 2.11, evaluated and timed in TensorFlow and TFLite."""

from typing import List, Optional

from zoo_common import console
from zoo_common.frontend import add_evaluate
from zoo_common.frontend.listing import add_list
from zoo_tf2_rle import __version__
from zoo_tf2_rle.backend import Tf2RleBackend
from zoo_tf2_rle.cli import benchmark, convert, export, heads
from zoo_tf2_rle.cli.train import add_train
from zoo_tf2_rle.cli.write_tfrecord import add_tfrecord

NOTE = "AP as stated on the card: published on COCO val2017 from annotated boxes."
EPILOG = """examples:
  zoo-tf2-rle list
  zoo-tf2-rle evaluate rle_mobilenet_v2 --weights mobilenetv2.h5 --data /data/coco
  zoo-tf2-rle evaluate rle_resnet50_rewrite --weights checkpoints/best --data /data/coco --boxes detections.json
  zoo-tf2-rle evaluate rle_light --random-weights --limit 20
  zoo-tf2-rle convert rle_resnet50 --weights coco-laplace-rle.pth
  zoo-tf2-rle export rle_mobilenet_v2 --weights mobilenetv2.h5 --precision int8 --data /data/coco
  zoo-tf2-rle evaluate rle_mobilenet_v2 --tflite model/rle_mobilenet_v2-int8.tflite --precision int8 --data /data/coco
  zoo-tf2-rle train -c config/128x96_light.yaml --data embedded
  zoo-tf2-rle benchmark rle_mobilenet_v2 --random-weights --threads 1
"""


def parser() -> console.Parser:
    """Return the parser of `zoo-tf2-rle`."""
    backend = Tf2RleBackend()
    top = console.Parser(prog="zoo-tf2-rle", description=__doc__, epilog=EPILOG)
    top.add_argument("--version", action="version", version="zoo-tf2-rle " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_list(commands, backend, note=NOTE)
    add_evaluate(commands, backend, backend.default_model, EPILOG, backend.default_precisions)
    for command in (benchmark, convert, export, heads):
        command.add_commands(commands, backend, backend.default_model)
    add_tfrecord(commands)
    add_train(commands)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""
    console.run("zoo-tf2-rle", lambda: execute(argv))


def execute(argv: Optional[List[str]]) -> int:
    """Parse and run a command line; returns the exit code."""
    args = parser().parse_args(argv)
    return args.function(args)


if __name__ == "__main__":
    main()
