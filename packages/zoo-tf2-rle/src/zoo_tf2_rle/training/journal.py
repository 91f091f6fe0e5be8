"""Where the numbers of a training go: TensorBoard always, Weights & Biases when asked."""

from pathlib import Path
from typing import Any, Dict, Optional

from zoo_common.errors import ZooError
from zoo_common.files import canonical_json, sha256_text
from zoo_tf2_rle.training.config import Config


class Journal:
    """Writes scalars by step.

    Args:
        folder: of the training; TensorBoard reads ``tensorboard`` below it.
        config: says whether Weights & Biases is wanted.
        writes: False for workers that leave it to the chief.

    Raises:
        ZooError: Weights & Biases is wanted and not installed.
    """

    def __init__(self, folder: Path, config: Config, writes: bool = True) -> None:
        from zoo_tf2_rle.tensorflow2 import tf

        self._tf = tf
        self._writer: Optional[Any] = None
        self._run: Optional[Any] = None
        if not writes:
            return
        self._writer = tf.summary.create_file_writer(str(folder / "tensorboard"))
        if config.WANDB.USE:
            self._run = _wandb(folder, config)

    def add(self, step: int, values: Dict[str, float]) -> None:
        """Write scalars of a step, 1-based."""
        if self._writer is not None:
            with self._writer.as_default(step):
                for name, value in values.items():
                    self._tf.summary.scalar(name, value)
        if self._run is not None:
            self._run.log(dict(values), step=step)

    def close(self) -> None:
        """Finish writing."""
        if self._writer is not None:
            self._writer.close()
        if self._run is not None:
            self._run.finish()


def _wandb(folder: Path, config: Config) -> Any:
    try:
        import wandb
    except ImportError:
        raise ZooError("WANDB.USE: wandb is not installed (an extra: zoo-tf2-rle[wandb]); set it to false") from None
    about = config.WANDB
    name = about.NAME or "_".join(part for part in (config.MODEL.BACKBONE, about.SUBTITLE) if part)
    whole = config.model_dump(mode="json")
    same = sha256_text(canonical_json([whole, str(folder.resolve())]))[:16]  # what goes on is one run there too
    return wandb.init(project=about.PROJECT, name=name, dir=str(folder), config=whole, id=same, resume="allow")
