"""One worker, or several that train one network between them (``TF_CONFIG``)."""

import contextlib
import json
import os
import re
from typing import Any, Iterator, NamedTuple, Optional

from zoo_common.errors import ZooError

TF_CONFIG = "TF_CONFIG"
_REASON = re.compile(r"(?<=aborted by: ).*")


class Workers(NamedTuple):
    """Which worker this process is.

    Attributes:
        index: 0 is the chief, who writes.
        count: of workers.
    """

    index: int = 0
    count: int = 1

    @property
    def chief(self) -> bool:
        """Tell whether this worker writes checkpoints, logs and weights."""
        return self.index == 0

    def rows(self, batch_size: int) -> range:
        """Return this worker's rows of each batch.

        Raises:
            ZooError: the batch cannot be shared out evenly.
        """
        each, rest = divmod(batch_size, self.count)
        if rest:
            message = "TRAIN.BATCH_SIZE: {} cannot be shared out evenly among {} workers"
            raise ZooError(message.format(batch_size, self.count))
        return range(self.index * each, (self.index + 1) * each)

    def strategy(self) -> Optional[Any]:
        """Return TensorFlow's strategy, which waits here for the other workers; None for a single one."""
        if self.count == 1:
            return None
        from zoo_tf2_rle.tensorflow2 import tf

        ring = tf.distribute.experimental.CommunicationImplementation.RING
        options = tf.distribute.experimental.CommunicationOptions(implementation=ring)
        return tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)


def workers_of_environment() -> Workers:
    """Read ``TF_CONFIG``; absent, there is one worker.

    Raises:
        ZooError: it is no such JSON.
    """
    text = os.environ.get(TF_CONFIG, "")
    if not text.strip():
        return Workers()
    try:
        content = json.loads(text)
        hosts, task = content["cluster"]["worker"], content["task"]
        kind, index = task["type"], int(task["index"])
    except (ValueError, KeyError, TypeError) as error:
        raise ZooError(
            "{}: not {{cluster: {{worker: [...]}}, task: {{type, index}}}} ({})".format(TF_CONFIG, error)
        ) from None
    if set(content["cluster"]) != {"worker"} or kind != "worker":
        raise ZooError("{}: takes workers alone, the first of them is the chief".format(TF_CONFIG))
    if not isinstance(hosts, list) or not 0 <= index < len(hosts):
        raise ZooError("{}: task.index: {} is none of {} workers".format(TF_CONFIG, index, len(hosts)))
    return Workers(index, len(hosts))


@contextlib.contextmanager
def lost_workers_named(workers: Workers, folder: Any) -> Iterator[None]:
    """Turn what TensorFlow says of a worker that went away into a plain error.

    Raises:
        ZooError: another worker is gone.
    """
    from zoo_tf2_rle.tensorflow2 import tf

    gone = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.InternalError)
    gone += (tf.errors.DeadlineExceededError, tf.errors.FailedPreconditionError)
    try:
        yield
    except gone as error:
        if workers.count == 1:
            raise
        reason = (_REASON.search(str(error)) or [str(error).splitlines()[0]])[0]
        message = "another worker is gone ({}); start all {} again: they go on from the last checkpoint in {}"
        raise ZooError(message.format(reason[:100], workers.count, folder)) from None
