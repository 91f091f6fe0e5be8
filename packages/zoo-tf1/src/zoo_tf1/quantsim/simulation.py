"""AIMET's ``QuantizationSimModel`` in one object: place, calibrate, run, export."""

from typing import Dict, Iterable, List, Optional

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.quantization.grid import check_bits
from zoo_tf1.quantsim.calibrate import calibrate
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.encodings import Arguments, read_encodings, write_encodings
from zoo_tf1.quantsim.graph import Network
from zoo_tf1.quantsim.insert import Quantization, insert
from zoo_tf1.quantsim.load import save
from zoo_tf1.quantsim.placement import place
from zoo_tf1.quantsim.runner import Batch, Runner
from zoo_tf1.quantsim.weights import check_scheme


class Simulation:
    """A network and its quantizers.

    Args:
        network: frozen, see `zoo_tf1.quantsim.load.load`.
        scheme: ``tf_enhanced`` or ``tf``.
        param_bits, output_bits: 4 to 16.
        config: a quantsim configuration file, ``default`` or ``per_channel``.
        exclude: operations of which nothing is quantized.
        disabled_outputs: operations of which the output is not.
        threads: of TensorFlow.
        exact: round to the last bit as AIMET does; False is quicker, see `zoo_tf1.quantsim.rounding.rounding`.

    Attributes:
        placement: the quantizers.
        quantization: the encodings; None before `compute_encodings` or `load_encodings`.

    Raises:
        ZooError: unknown scheme or operation, unfit bit width or configuration.
    """

    def __init__(
        self,
        network: Network,
        scheme: str = "tf_enhanced",
        param_bits: int = 8,
        output_bits: int = 8,
        config: Optional[PathLike] = None,
        exclude: Iterable[str] = (),
        disabled_outputs: Iterable[str] = (),
        threads: Optional[int] = None,
        exact: bool = True,
    ) -> None:
        self.network = network
        self.arguments = Arguments(
            read_config(config),
            check_scheme(scheme),
            check_bits(param_bits, "param_bits"),
            check_bits(output_bits, "output_bits"),
        )
        self.placement = place(network, self.arguments.config).without(exclude, disabled_outputs)
        self.quantization: Optional[Quantization] = None
        self._frozen: Optional[Quantization] = None
        self._threads, self._exact = threads, exact
        self._runner: Optional[Runner] = None

    def compute_encodings(self, batches: Iterable[Batch], progress: bool = False) -> Quantization:
        """Calibrate, but for what is frozen. Arguments and errors: `zoo_tf1.quantsim.calibrate.calibrate`."""
        _, scheme, param_bits, output_bits = self.arguments
        options = (self._frozen, progress, self._threads)
        made = calibrate(self.network, self.placement, batches, scheme, param_bits, output_bits, *options)
        self._set(made)
        return made

    def load_encodings(self, path: PathLike, freeze: bool = False) -> Quantization:
        """Read encodings; `compute_encodings` leaves them alone afterwards if they are to be frozen.

        Raises:
            ZooError: see `zoo_tf1.quantsim.encodings.read_encodings`.
        """
        read = read_encodings(path, self.network, self.placement)
        if freeze:
            self._frozen = read
        self._set(read)
        return read

    def quantized(self) -> Network:
        """Return the network with its quantizers; its outputs are called ``<op>_quantized``.

        Raises:
            ZooError: there are no encodings yet.
        """
        if self.quantization is None:
            raise ZooError("there are no encodings: calibrate, or load some")
        return insert(self.network, self.placement, self.quantization, self._exact)

    def run(self, batch: Batch) -> Dict[str, np.ndarray]:
        """Run one batch through the quantized network: ``<op>_quantized`` to array.

        Raises:
            ZooError: there are no encodings yet, or the batch does not fit.
        """
        if self._runner is None:
            self._runner = Runner(self.quantized(), threads=self._threads)
        return self._runner(batch)

    def export(self, prefix: PathLike, version: str = "0.6.1") -> List[str]:
        """Write ``<prefix>.pb`` (the network without quantizers), ``.encodings`` and ``.encodings.yaml``.

        Raises:
            ZooError: there are no encodings yet, an unknown version, or a file cannot be written.
        """
        if self.quantization is None:
            raise ZooError("there are no encodings: calibrate, or load some")
        paths = write_encodings(prefix, self.quantization, self.arguments, version)
        save(self.network, "{}.pb".format(prefix))
        return ["{}.pb".format(prefix), *paths]

    def close(self) -> None:
        """Free the session."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _set(self, quantization: Quantization) -> None:
        self.close()
        self.quantization = quantization
