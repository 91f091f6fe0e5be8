"""What the MXNet benchmarks share: threads, the real network."""

from zoo_mxnet import threads

NANO = "weights/ultralight_nano_simplepose/Ultralight-Nano-SimplePose"


def use_threads(count):
    """Configure OpenMP before MXNet loads, and say so."""
    print(threads.configure(count, None))
