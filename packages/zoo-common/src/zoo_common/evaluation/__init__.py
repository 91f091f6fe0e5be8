"""The one loop that drives every network over every dataset."""

from zoo_common.evaluation.loop import predict
from zoo_common.evaluation.network import Network

__all__ = ["Network", "predict"]
