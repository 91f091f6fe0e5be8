"""`zoo-tf2-rle convert`: weights of any form, PyTorch's among them, as a Keras .h5."""

import argparse
from pathlib import Path
from typing import Any

from zoo_tf2_rle import options, source
from zoo_tf2_rle.backend import Tf2RleBackend


def add_commands(commands: Any, backend: Tf2RleBackend, default_model: str) -> None:
    """Add `convert`."""
    parser = commands.add_parser(
        "convert",
        help="write weights as a Keras .h5",
        description="Write the network's weights as NAME.h5, every name and shape checked. The official PyTorch file "
        "is read without PyTorch, and no code in it is run; the flow, which only training uses, stays behind.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    options.add_weight_arguments(parser, random=False, tflite=False)
    parser.set_defaults(function=lambda args: run(backend, args), random_weights=False)


def run(backend: Tf2RleBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    source.check_card(card)
    network = source.open_network(card, (card.input.height, card.input.width), args).model
    path = args.out / "{}.h5".format(card.name)
    from zoo_tf2_rle.networks.saving import save_network

    save_network(network, path)
    print("{}: {:.2f} MB".format(path, path.stat().st_size / 1e6))
    return 0
