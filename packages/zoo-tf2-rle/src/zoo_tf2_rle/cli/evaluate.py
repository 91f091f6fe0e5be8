"""`rle-evaluate`: the flags of the TensorFlow rewrite's evaluate.py, driving this product.

The protocol is the rewrite's: crops of the nearest pixel, a person's score the mean of the joints' above 0.2, no flip
test unless asked for. What the script got wrong is mended: every person is scored (it dropped what did not fill a batch
of 32); any COCO tree will do (it wanted one place beside its sources); weights that do not fit are named (it went on
with random ones).
"""

import argparse
from pathlib import Path
from typing import List, Optional

from zoo_common import console
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.tasks.topdown_regression import JOINTS
from zoo_tf2_rle.cli import main as zoo_tf2_rle

CARDS = {
    "resnet50": "rle_resnet50_rewrite",
    "mobilenetv2": "rle_mobilenet_v2",
    "efficientnetb0": "rle_efficientnet_b0",
}
"""By backbone, without hyphens and underscores."""
EPILOG = """examples:
  rle-evaluate -w checkpoints/best --flip --data /data/coco
  rle-evaluate -b mobilenetv2 -w mobilenetv2.h5 --data /data/coco --precision fp32,int8
  rle-evaluate -ih 224 -iw 160 -b mobilenetv2 -w small.h5 --data /data/coco
"""


def parser() -> console.Parser:
    """Return the parser: the script's flags, and few more."""
    top = console.Parser(prog="rle-evaluate", description=__doc__, epilog=EPILOG)
    add = top.add_argument
    add("-ih", "--input_height", "--input-height", type=console.positive, default=256, metavar="N", help="of the crop")
    add("-iw", "--input_width", "--input-width", type=console.positive, default=192, metavar="N", help="of the crop")
    add("-k", "--num_keypoints", "--num-keypoints", type=console.positive, default=JOINTS, metavar="N", help="joints")
    add("-b", "--backbone", default="resnet50", metavar="NAME", help="one of " + ", ".join(CARDS))
    add("-w", "--weights", required=True, metavar="FILE", help="Keras .h5, SavedModel folder or TensorFlow checkpoint")
    add("--flip", action="store_true", help="average with the mirrored crop")
    add("--data", type=Path, metavar="DIR", help="COCO tree (default: the embedded synthetic dataset)")
    add("--split", help="evaluated split (default: the validation split found)")
    add("--precision", default="fp32", help="fp32, fp16, dynamic, int8, or several: fp32,int8")
    add("--limit", type=console.positive, metavar="N", help="only the first N images, by id (default: all)")
    add("--threads", type=console.positive, metavar="N", help="of the network (default: one a core)")
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""

    def command() -> int:
        args = parser().parse_args(argv)
        return zoo_tf2_rle.execute(translate(args))

    console.run("rle-evaluate", command)


def translate(args: argparse.Namespace) -> List[str]:
    """Return the `zoo-tf2-rle` command line that does what the script's flags ask for.

    Raises:
        ZooError: no such backbone, or another number of joints than COCO's.
    """
    backbone = args.backbone.lower().replace("-", "").replace("_", "")
    if backbone not in CARDS:
        raise ZooError("--backbone: unknown '{}'{}".format(args.backbone, did_you_mean(backbone, CARDS)))
    if args.num_keypoints != JOINTS:
        raise ZooError("--num_keypoints {}: people of COCO have {}".format(args.num_keypoints, JOINTS))
    line = ["evaluate", CARDS[backbone], "--weights", args.weights, "--precision", args.precision]
    line += ["--flip-test" if args.flip else "--no-flip-test"]
    line += ["--set", "input_size=[{},{}]".format(args.input_height, args.input_width)]
    for name in ("data", "split", "limit", "threads"):
        value = getattr(args, name)
        line += [] if value is None else ["--" + name, str(value)]
    return line


if __name__ == "__main__":
    main()
