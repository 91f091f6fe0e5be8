"""`simple-pose-validate`: the flags of gluon-cv's ``scripts/pose/simple_pose/validate.py``, driving this product.

What the script got wrong is mended: --num-joints is checked against the network, --deploy needs no --model, calibration
uses the train split and exactly batch size x batches crops, nothing is left in the working folder but the run.
"""

import argparse
from pathlib import Path
from typing import List, Optional

from zoo_common import console
from zoo_common.errors import ZooError
from zoo_mxnet.cli import main as zoo_mxnet

EPILOG = """examples:
  simple-pose-validate --model simple_pose_resnet50_v1b --num-joints 17 --data-dir /data/coco
  simple-pose-validate --model simple_pose_resnet50_v1b --num-joints 17 --batch-size 32 --calibration
  simple-pose-validate --model simple_pose_resnet50_v1b --num-joints 17 --quantized --benchmark --batch-size 1
  simple-pose-validate --deploy --model-prefix model/simple_pose_resnet50_v1b-quantized-naive --num-joints 17
"""


def parser() -> console.Parser:
    """Return the parser: the script's flags and defaults."""
    top = console.Parser(prog="simple-pose-validate", description=__doc__, epilog=EPILOG)
    add = top.add_argument
    add("--data-dir", type=Path, default=Path("~/.mxnet/datasets/coco"), help="COCO tree")
    add("--num-joints", type=console.positive, help="checked against the network's output")
    add("--batch-size", type=console.positive, default=32, help="crops a batch")
    add("--model", help="name of a card (see `zoo-mxnet list`); not needed with --deploy")
    add("--deploy", action="store_true", help="load an exported network, float or int8, by --model-prefix")
    add("--model-prefix", metavar="P", help="P-symbol.json with P-0000.params; with --deploy")
    add("--quantized", action="store_true", help="executed int8, calibrated on the train split")
    add("--benchmark", action="store_true", help="time random data; no dataset is read")
    add("--calibration", action="store_true", help="quantize, save under model/, and exit")
    add("--num-iterations", type=console.positive, default=100, help="of the benchmark")
    add("--num-calib-batches", type=console.positive, default=5, help="batches of --batch-size train crops")
    add("--calib-mode", choices=("none", "naive", "entropy"), default="naive", help="how ranges are chosen")
    add("--quantized-dtype", choices=("auto", "int8", "uint8"), default="auto", help="MXNet 1.9.1 runs auto only")
    add("--num-gpus", type=int, default=0, help="0: int8 of MXNet is a CPU path, and so is this package")
    add("-j", "--num-data-workers", type=console.positive, default=4, help="threads that read and crop")
    add("--input-size", default="256,192", help="height,width")
    add("--params-file", metavar="FILE", help="Gluon parameters of --model")
    add("--flip-test", action="store_true", help="average with the mirrored image")
    add("--dsnt", action="store_true", help="soft-argmax decoding")
    add("--mean", default="0.485,0.456,0.406", help="of RGB values in 0..1")
    add("--std", default="0.229,0.224,0.225", help="of RGB values in 0..1")
    add("--score-threshold", type=float, default=0.0, help="joints above it make up the person's score")
    add("--out", type=Path, help="run directory of a validation (default: below runs/)")
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""

    def command() -> int:
        args = parser().parse_args(argv)
        return zoo_mxnet.execute(translate(args))

    console.run("simple-pose-validate", command)


def translate(args: argparse.Namespace) -> List[str]:
    """Return the `zoo-mxnet` command line that does what the script's flags ask for.

    Raises:
        ZooError: the flags contradict each other or ask for what MXNet 1.9.1 cannot do.
    """
    if args.num_gpus:
        raise ZooError("--num-gpus: {} asked for; this package runs on the CPU".format(args.num_gpus))
    if args.quantized_dtype != "auto":
        raise ZooError(
            "--quantized-dtype: MXNet 1.9.1 fails on '{}'; auto chooses a layer".format(args.quantized_dtype)
        )
    if args.deploy and args.model_prefix is None:
        raise ZooError("--deploy needs --model-prefix")
    if not args.deploy and args.model_prefix is not None:
        raise ZooError("--model-prefix is for --deploy")
    if not args.deploy and args.model is None:
        raise ZooError("--model is needed unless --deploy is given")
    model = "exported" if args.deploy else args.model
    network = ["--num-joints", str(args.num_joints)] if args.num_joints is not None else []
    network += ["--params-file", args.params_file] if args.params_file else []
    quantized = args.quantized
    if args.deploy:
        from zoo_mxnet.backend import is_quantized

        quantized = is_quantized(args.model_prefix)
        network += ["--quantized-prefix" if quantized else "--model-prefix", args.model_prefix]
    data = ["--data", str(args.data_dir.expanduser())]
    precision = ["--precision", "int8" if quantized else "fp32"]
    calibration = [
        "--calibration-samples",
        str(args.batch_size * args.num_calib_batches),
        "--calib-mode",
        args.calib_mode,
    ]
    if args.calibration:
        return ["quantize", model] + network + data + calibration
    if args.benchmark:
        size = ["--batch-size", str(args.batch_size), "--iterations", str(args.num_iterations)]
        return ["benchmark", model] + network + precision + size
    options = ["--batch-size", str(args.batch_size), "--workers", str(args.num_data_workers)]
    options += ["--flip-test" if args.flip_test else "--no-flip-test"]
    for field, text, count in (("input_size", args.input_size, 2), ("mean", args.mean, 3), ("std", args.std, 3)):
        options += ["--set", "{}={}".format(field, _numbers(field, text, count))]
    options += ["--set", "score_threshold={}".format(args.score_threshold)]
    options += ["--set", "decode={}".format("dsnt" if args.dsnt else "quarter")]
    options += ["--out", str(args.out)] if args.out is not None else []
    return ["evaluate", model] + network + precision + data + options + (calibration if quantized else [])


def _numbers(field: str, text: str, count: int) -> str:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count:
        raise ZooError("--{}: '{}' is not {} comma-separated numbers".format(field.replace("_", "-"), text, count))
    return "[{}]".format(text)
