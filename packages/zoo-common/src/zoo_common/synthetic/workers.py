"""One function over many items in processes of one OpenCV thread each, which end with the process that began them."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Callable, Iterator, Sequence, TypeVar

import cv2

from zoo_common.errors import ZooError

Item = TypeVar("Item")
Result = TypeVar("Result")
WATCH_S = 0.5


def spread(function: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    """Yield the results as they come; with one worker or item, from this process.

    Raises:
        ZooError: a worker was killed.
        Exception: what the function raised; the items not begun are dropped.
    """
    if workers == 1 or len(items) < 2:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            for item in items:
                yield function(item)
        finally:
            cv2.setNumThreads(threads)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(items)), context, _begin, (os.getpid(),)) as pool:
        jobs = [pool.submit(function, item) for item in items]
        try:
            for job in as_completed(jobs):
                yield job.result()
        except BrokenProcessPool:
            message = "a worker process was killed, perhaps for want of memory; the same command goes on from here"
            raise ZooError(message) from None
        finally:
            for job in jobs:
                job.cancel()


def _begin(parent: int) -> None:
    cv2.setNumThreads(1)
    # Ctrl-C reaches the whole group; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A killed parent cannot end its workers, and they would wait for ever for more to do."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os._exit(1)
