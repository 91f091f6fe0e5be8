"""What zoo-tf1 reads."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzz.byte_changes import change_bytes
from fuzz.target import Target, read_files
from zoo_tf1.quantsim.config import CONFIGS, read_config
from zoo_tf1.quantsim.graph import GraphDef
from zoo_tf1.quantsim.load import load, network_of
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.quantsim.simulation import Simulation
from zoo_tf1.tensorflow1 import tf

INPUT, OUTPUT = "input", "pool"


def draw(images: Any, fixed: bool = True) -> None:
    """Build a small network; ``fixed`` weights are constants, else variables."""
    random = np.random.RandomState(0)

    def weights(shape: Any, name: str) -> Any:
        value = random.randn(*shape).astype(np.float32)
        return tf.constant(value, name=name) if fixed else tf.Variable(value, name=name)

    one = tf.nn.conv2d(images, weights((3, 3, 3, 4), "conv1/weights"), strides=1, padding="SAME", name="conv1")
    one = tf.nn.relu(tf.nn.bias_add(one, weights((4,), "conv1/bias")), name="relu1")
    two = tf.nn.conv2d(one, weights((3, 3, 4, 4), "conv2/weights"), strides=1, padding="SAME", name="conv2")
    tf.nn.avg_pool2d(tf.nn.relu(two + one, name="relu2"), 2, 2, "SAME", name=OUTPUT)


class Graph(Target):
    """A frozen GraphDef: loaded, and run once."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        with tf.Graph().as_default() as graph:
            draw(tf.placeholder(tf.float32, [None, 8, 8, 3], name=INPUT))
            self._graph = graph.as_graph_def()
        self.files = {"network.pb": self._graph.SerializeToString()}

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change bytes, or fields of the graph."""
        if random.randrange(2):
            return change_bytes(random, content)
        graph = GraphDef()
        graph.CopyFrom(self._graph)
        for _ in range(random.choice((1, 1, 2))):
            _change_node(random, graph)
        return graph.SerializeToString()

    def read(self, folder: Path, random: Random) -> None:
        """Load and run."""
        network = load(folder / "network.pb", [INPUT], [OUTPUT])
        with Runner(network) as runner:
            runner(np.zeros((1, 8, 8, 3), np.float32))


def _change_node(random: Random, graph: Any) -> None:
    node = random.choice(graph.node)
    what = random.randrange(7)
    if what == 0:
        graph.node.remove(node)
    elif what == 1:
        node.op = random.choice(("Relu", "Conv2D", "ReadFile", "PyFunc", "Nonsense", "", "VariableV2", "Placeholder"))
    elif what == 2 and node.input:
        place = random.randrange(len(node.input))
        node.input[place] = random.choice((node.name, "^" + node.name, "nowhere", "", "input:7", OUTPUT))
    elif what == 3:
        node.name = random.choice(("", "input", "relu1", "a b", "x" * 9999, OUTPUT))
    elif what == 4 and node.attr:
        key = random.choice(sorted(node.attr))
        if random.randrange(2):
            del node.attr[key]
        else:
            node.attr[key].CopyFrom(random.choice(graph.node).attr["dtype"])
    elif what == 5 and "value" in node.attr:
        tensor = node.attr["value"].tensor
        if tensor.tensor_shape.dim:
            random.choice(tensor.tensor_shape.dim).size = random.choice((-1, 0, 1, 2**31, 2**62))
        tensor.tensor_content = tensor.tensor_content[: random.choice((0, 3, 10**6))]
    else:
        graph.node.add().CopyFrom(node)


class Checkpoint(Target):
    """A ``.meta`` with its checkpoint."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        with tf.Graph().as_default(), tf.Session() as session:
            draw(tf.placeholder(tf.float32, [None, 8, 8, 3], name=INPUT), fixed=False)
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, str(scratch / "model"))
        self.files = {name: content for name, content in read_files(scratch).items() if name.startswith("model.")}

    def read(self, folder: Path, random: Random) -> None:
        """Load."""
        load(folder / "model.meta", [INPUT], [OUTPUT])


class Config(Target):
    """AIMET's quantsim configuration."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.files = {"config.json": (CONFIGS / "default_config.json").read_bytes()}
        self.variants = {"config.json": [(CONFIGS / "default_config_per_channel.json").read_bytes()]}
        self._network = _network()

    def read(self, folder: Path, random: Random) -> None:
        """Read it, and place quantizers by it."""
        if random.randrange(4):
            read_config(folder / "config.json")
        else:
            Simulation(self._network, config=str(folder / "config.json")).close()


class Encodings(Target):
    """AIMET's encodings."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self._simulation = Simulation(_network(), config="per_channel")
        self._simulation.compute_encodings([np.random.RandomState(1).randn(2, 8, 8, 3).astype(np.float32)])
        for version in ("0.5.1", "0.6.1"):
            paths = self._simulation.export(scratch / version, version)
            self.files[version + ".encodings"] = Path(paths[1]).read_bytes()

    def read(self, folder: Path, random: Random) -> None:
        """Load them."""
        for name in self.files:
            self._simulation.load_encodings(folder / name)


def _network() -> Any:
    with tf.Graph().as_default() as graph:
        draw(tf.placeholder(tf.float32, [None, 8, 8, 3], name=INPUT))
        return network_of(graph.as_graph_def(), [INPUT], [OUTPUT])
