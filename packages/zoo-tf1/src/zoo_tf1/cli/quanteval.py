"""`pose-estimation-quanteval`: the flags of the AIMET Model Zoo's pose evaluator, driving this product.

What the script got wrong is mended: --num-imgs holds for fp32 too (the script evaluated ten images, whatever was
asked); --dataset_path, which its documentation said, and --dataset-path, which it took, are both understood;
calibration images come from the train split and are never scored (the script calibrated on the first 2000 of the
images it evaluated); a failed evaluation is an error and not [0, 0]; the archive is fetched once and checked; three
limbs that meet in one person no longer end the run; no GPU is asked for; one table is printed, not the calibration's
first.
"""

import argparse
from pathlib import Path
from typing import Any, List, Optional

from zoo_common import console
from zoo_common.coco.layout import find_annotations
from zoo_common.errors import ZooError
from zoo_tf1.cli import main as zoo_tf1
from zoo_tf1.options import SCHEMES

PRECISIONS = {"fp32": "fp32", "int8": "w8a8"}
SPLIT = "val2014"
EPILOG = """examples:
  pose-estimation-quanteval --dataset-path /data/coco                             int8 on all of val2014
  pose-estimation-quanteval --dataset_path /data/coco --model-to-eval fp32 --num-imgs 500
"""


class _Refused(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        parser.error(
            "{}: did nothing in the script; calibration images come from the train split, another is named by "
            "--calibration-split".format("/".join(self.option_strings))
        )


def parser() -> console.Parser:
    """Return the parser: the script's flags, and few more."""
    top = console.Parser(prog="pose-estimation-quanteval", description=__doc__, epilog=EPILOG)
    add = top.add_argument
    add("--dataset-path", "--dataset_path", dest="data", type=Path, required=True, metavar="DIR", help="COCO tree")
    add("--model-to-eval", choices=sorted(PRECISIONS), default="int8", help="which model is evaluated")
    add("--num-imgs", type=console.positive, metavar="N", help="only the first N images, by id (default: all)")
    add("--quant-scheme", "-qs", choices=SCHEMES, help="how ranges follow from what is seen (default: the card's)")
    add("--representative-datapath", "-reprdata", action=_Refused, metavar="DIR", help="refused: it never did anything")
    add("--model", default="pose_estimation", help="name of a card (see `zoo-tf1 list`)")
    add("--graph", metavar="FILE", help="graph or .meta instead of the card's archive")
    add("--split", help="evaluated split (default: {} where there is one, else the one found)".format(SPLIT))
    add("--calibration-split", metavar="SPLIT", help="default: the train split; `evaluated`: as the script did")
    add("--calibration-samples", type=console.positive, metavar="N", help="default: the card's, 2000")
    add("--threads", type=console.positive, metavar="N", help="of the network (default: one a core)")
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""

    def command() -> int:
        args = parser().parse_args(argv)
        return zoo_tf1.execute(translate(args))

    console.run("pose-estimation-quanteval", command)


def translate(args: argparse.Namespace) -> List[str]:
    """Return the `zoo-tf1` command line that does what the script's flags ask for."""
    line = ["evaluate", args.model, "--precision", PRECISIONS[args.model_to_eval], "--data", str(args.data)]
    split = args.split or (SPLIT if _has(args.data, SPLIT) else None)
    values = {"split": split, "limit": args.num_imgs, "scheme": args.quant_scheme, "graph": args.graph}
    for field in ("calibration_split", "calibration_samples", "threads"):
        values[field.replace("_", "-")] = getattr(args, field)
    for flag, value in values.items():
        line += [] if value is None else ["--" + flag, str(value)]
    return line


def _has(root: Path, split: str) -> bool:
    try:
        return find_annotations(root, split, "person_keypoints").is_file()
    except ZooError:
        return False
