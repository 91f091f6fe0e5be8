"""A TensorFlow session on a network."""

from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Union

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_tf1.quantsim.graph import GraphDef, Network
from zoo_tf1.tensorflow1 import tf

Batch = Union[np.ndarray, Mapping[str, np.ndarray]]


class Runner:
    """Runs a network; a context manager.

    Args:
        network: to run.
        graph: another state of its graph, with more to fetch.
        threads: for operations and between them; None leaves it to TensorFlow.
    """

    def __init__(self, network: Network, graph: Optional[GraphDef] = None, threads: Optional[int] = None) -> None:
        self.network = network
        imported = tf.Graph()
        with imported.as_default():
            try:
                tf.import_graph_def(graph or network.graph, name="")
            except (ValueError, TypeError, KeyError, tf.errors.OpError) as error:
                text = " ".join(str(getattr(error, "message", None) or error).split())
                raise ZooError("not a graph TensorFlow can run: {}".format(text[:300])) from None
        options = (
            {} if threads is None else {"intra_op_parallelism_threads": threads, "inter_op_parallelism_threads": 1}
        )
        config = tf.ConfigProto(device_count={"GPU": 0}, **options)
        self._session = tf.Session(graph=imported, config=config)

    def __call__(self, batch: Batch) -> Dict[str, np.ndarray]:
        """Run one batch.

        Args:
            batch: float32 array of the only input, or input name to array.

        Returns:
            Output operation's name to array.

        Raises:
            ZooError: an input is missing or unknown, or TensorFlow refuses its shape.
        """
        fetched = self.fetch(batch, [name + ":0" for name in self.network.outputs])
        return dict(zip(self.network.outputs, fetched))

    def fetch(
        self, batch: Batch, tensors: Sequence[str], more: Optional[Mapping[str, np.ndarray]] = None
    ) -> List[np.ndarray]:
        """Run one batch and return the tensors named.

        Args:
            batch: as for a call.
            tensors: e.g. ``conv:0``.
            more: further tensors to feed, without ``:0``.

        Raises:
            ZooError: as for a call.
        """
        feed = {name + ":0": value for name, value in {**feeds(batch, self.network.inputs), **(more or {})}.items()}
        try:
            return list(self._session.run(list(tensors), feed))
        except (ValueError, tf.errors.OpError) as error:
            text = str(getattr(error, "message", None) or error).strip().splitlines()[0]
            raise ZooError("the network cannot be run on this batch: {}".format(text)) from None

    def close(self) -> None:
        """Free the session."""
        self._session.close()

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def feeds(batch: Batch, inputs: Iterable[str]) -> Dict[str, np.ndarray]:
    """Return a batch as input name to array; ``input:0`` may be said for ``input``.

    Raises:
        ZooError: an input is missing or unknown.
    """
    inputs = list(inputs)
    if not isinstance(batch, Mapping):
        if len(inputs) != 1:
            raise ZooError("a batch needs an array for each of {}".format(", ".join(inputs)))
        return {inputs[0]: np.asarray(batch)}
    named = {name[:-2] if name.endswith(":0") else name: value for name, value in batch.items()}
    for name in named:
        if name not in inputs:
            raise ZooError("batch: '{}' is no input{}".format(name, did_you_mean(name, inputs)))
    for name in inputs:
        if name not in named:
            raise ZooError("batch: no array for input '{}'".format(name))
    return named
