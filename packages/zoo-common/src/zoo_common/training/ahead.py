"""Making batches in the background while the network works on the last one."""

import contextlib
import queue
import threading
from typing import Any, Iterator, Tuple, TypeVar

Item = TypeVar("Item")
_PATIENCE = 0.1
"""Seconds between two looks at whether anybody still listens."""


@contextlib.contextmanager
def ahead(items: Iterator[Item], count: int) -> Iterator[Iterator[Item]]:
    """Draw ``items`` in one thread, at most ``count`` in advance; their order stays.

    An error in ``items`` is raised where the item would have come. The thread ends with the ``with`` block.

    Example:
        >>> with ahead(iter(range(3)), 2) as numbers:
        ...     list(numbers)
        [0, 1, 2]
    """
    waiting: queue.Queue[Tuple[str, Any]] = queue.Queue(count)
    stop = threading.Event()

    def put(kind: str, value: Any) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put((kind, value), timeout=_PATIENCE)
                return

    def draw() -> None:
        try:
            for item in items:
                put("item", item)
                if stop.is_set():
                    return
            put("end", None)
        except BaseException as error:
            put("error", error)

    def received() -> Iterator[Item]:
        while True:
            kind, value = waiting.get()
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value

    thread = threading.Thread(target=draw, name="batches", daemon=True)
    thread.start()
    try:
        yield received()
    finally:
        stop.set()
        thread.join()
