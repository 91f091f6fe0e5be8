"""`zoo-mxnet export`: a network as the two files that MXNet's own loaders open."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common.files import atomic_open
from zoo_mxnet import threads
from zoo_mxnet.backend import MXNetBackend, add_weight_arguments, float_net


def add_commands(commands: Any, backend: MXNetBackend, default_model: str) -> None:
    """Add `export`."""
    parser = commands.add_parser(
        "export",
        help="write NAME-symbol.json and NAME-0000.params for deployment",
        description="Write a float network for `mx.gluon.SymbolBlock.imports` and `--deploy`. Exporting and "
        "importing is exact. Int8 networks are written by `quantize`.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    parser.add_argument("--fold", action="store_true", help="fold the batch norms into the convolutions first")
    add_weight_arguments(parser)
    threads.add_arguments(parser)
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: MXNetBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    threads.configure_once(args)
    net, _ = float_net(card, (card.input.height, card.input.width), args)
    if args.fold:
        from zoo_mxnet.quantize.pipeline import optimise_float

        net = optimise_float(net)
    for name in save_float(net, args.out / card.name):
        print(name)
    return 0


def save_float(net: Any, prefix: Path) -> Any:
    """Write a float network atomically; returns the two paths."""
    import tempfile

    import mxnet as mx

    stored = {"arg:" + name: mx.nd.array(value, dtype=value.dtype) for name, value in net.args.items()}
    stored.update({"aux:" + name: mx.nd.array(value, dtype=value.dtype) for name, value in net.auxs.items()})
    files = Path("{}-symbol.json".format(prefix)), Path("{}-0000.params".format(prefix))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "params"
        mx.nd.save(str(scratch), stored)
        with atomic_open(files[1], "wb") as stream:
            stream.write(scratch.read_bytes())
    with atomic_open(files[0]) as stream:
        stream.write(net.symbol.tojson())
    return files
