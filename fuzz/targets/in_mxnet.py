"""What zoo-mxnet reads."""

from pathlib import Path
from random import Random

import mxnet as mx
import numpy as np

from fuzz.target import Target
from zoo_mxnet.network import FloatNetwork
from zoo_mxnet.networks.exported import load_exported
from zoo_mxnet.networks.weights import read_params

SIZE = (64, 48)


class Exported(Target):
    """A symbol and its parameters: opened, and run once."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        value = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), stride=(4, 4), pad=(1, 1), num_filter=4, name="a")
        value = mx.sym.Activation(mx.sym.BatchNorm(value, fix_gamma=False, name="norm"), act_type="relu", name="relu")
        head = mx.sym.Convolution(value, kernel=(1, 1), num_filter=17, name="final")
        shapes, _, states = head.infer_shape(data=(1, 3, *SIZE))
        named = [("arg:" + name, shape) for name, shape in zip(head.list_arguments(), shapes) if name != "data"]
        named += [("aux:" + name, shape) for name, shape in zip(head.list_auxiliary_states(), states)]
        random = np.random.RandomState(0)
        mx.nd.save(str(scratch / "net-0000.params"), {name: mx.nd.array(random.rand(*shape)) for name, shape in named})
        head.save(str(scratch / "net-symbol.json"))
        self.files = {path.name: path.read_bytes() for path in scratch.iterdir()}

    def read(self, folder: Path, random: Random) -> None:
        """Open, and run where it opens."""
        if random.randrange(4) == 0:
            read_params(str(folder / "net-0000.params"))
        else:
            network = load_exported(str(folder / "net"), input_size=SIZE)
            FloatNetwork(network)(np.zeros((1, 3, *SIZE), np.float32))
