"""`hrnet-posenet-quanteval`: the flags of the AIMET Model Zoo's HRNet evaluators, driving this product.

Both generations of flags are understood. What the scripts got wrong is mended: bit widths are obeyed, `--use-cuda
False` means no, the configuration is read before the network is built, the calibration sees the train split where
there is one, and nothing is downloaded twice.
"""

import argparse
from pathlib import Path
from typing import List, Optional

from zoo_common import console
from zoo_common.errors import ZooError
from zoo_torch.cli import main as zoo_torch

WIDTHS = {"8": "w8a8", "4": "w4a8"}
CONFIGS = {"hrnet_posenet_w8a8": "w8a8", "hrnet_posenet_w4a8": "w4a8"}
YES, NO = ("true", "yes", "1", "on"), ("false", "no", "0", "off")
EPILOG = """examples:
  hrnet-posenet-quanteval --default-param-bw 8 --default-output-bw 8 --use-cuda False --evaluation-dataset /data/coco
  hrnet-posenet-quanteval --model-config hrnet_posenet_w4a8 --dataset-path /data/coco
  hrnet-posenet-quanteval --dataset-path /data/coco --cfg w32_256x192_adam_lr1e-3.yaml TEST.FLIP_TEST false
"""


def parser() -> console.Parser:
    """Return the parser: the scripts' flags, and few more."""
    top = console.Parser(prog="hrnet-posenet-quanteval", description=__doc__, epilog=EPILOG)
    add = top.add_argument
    add("--default-param-bw", metavar="BITS", help="bits of the weights, 8 or 4 (default: 8)")
    add("--default-output-bw", metavar="BITS", help="bits of the activations: 8")
    add("--model-config", choices=sorted(CONFIGS), help="the same choice by name")
    add("--use-cuda", metavar="BOOL", default="false", help="true or false")
    add(
        "--evaluation-dataset", "--dataset-path", dest="data", type=Path, required=True, metavar="DIR", help="COCO tree"
    )
    add("--cfg", metavar="FILE", help="configuration file of the official repository")
    add("--model", default="hrnet_posenet", help="name of a card (see `zoo-torch list`)")
    add("--weights", metavar="FILE", help="fp32 weights instead of the card's")
    add("--quantized-weights", metavar="FILE", help="BN-folded, optimised weights of the quantized network")
    add("--encodings", metavar="FILE", help="weight encodings to freeze")
    add("--batch-size", type=console.positive, default=32, help="crops a batch")
    add("--limit", type=console.positive, metavar="N", help="only the first N images")
    add("--calibration-samples", type=console.positive, metavar="N", help="default: the card's")
    add("--reference-calibration", action="store_true", help="the scripts' own calibration: 384 evaluated crops")
    add("opts", nargs="*", metavar="KEY VALUE", help="overrides of the configuration; last")
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""

    def command() -> int:
        args = parser().parse_args(argv)
        return zoo_torch.execute(translate(args))

    console.run("hrnet-posenet-quanteval", command)


def translate(args: argparse.Namespace) -> List[str]:
    """Return the `zoo-torch` command line that does what the scripts' flags ask for: fp32, then quantized.

    Raises:
        ZooError: a bit width nobody offers, flags that contradict each other, or a boolean that is none.
    """
    line = ["evaluate", args.model, "--precision", "fp32,{}".format(precision(args)), "--data", str(args.data)]
    line += ["--device", "cuda" if boolean("--use-cuda", args.use_cuda) else "cpu"]
    line += ["--batch-size", str(args.batch_size)]
    line += ["--reference-calibration"] if args.reference_calibration else []  # first: a number of samples overrides it
    for flag in ("cfg", "weights", "quantized_weights", "encodings", "limit", "calibration_samples"):
        value = getattr(args, flag)
        line += [] if value is None else ["--" + flag.replace("_", "-"), str(value)]
    return line + (["--cfg-opts", *args.opts] if args.opts else [])


def precision(args: argparse.Namespace) -> str:
    """Return the card's precision for the bit widths asked for."""
    asked = args.default_param_bw
    if asked is not None and asked not in WIDTHS:
        raise ZooError("--default-param-bw: '{}' bits; weights have 8 or 4".format(asked))
    if args.default_output_bw not in (None, "8"):
        raise ZooError("--default-output-bw: '{}' bits; activations have 8".format(args.default_output_bw))
    by_name = CONFIGS.get(args.model_config)
    by_width = WIDTHS.get(asked)
    if by_name is not None and by_width is not None and by_name != by_width:
        raise ZooError(
            "--model-config {} and --default-param-bw {} contradict each other".format(args.model_config, asked)
        )
    return by_name or by_width or "w8a8"


def boolean(flag: str, text: str) -> bool:
    """Return what a word means.

    Raises:
        ZooError: it means neither true nor false.
    """
    word = text.lower()
    if word not in YES + NO:
        raise ZooError("{}: '{}' is neither true nor false".format(flag, text))
    return word in YES
