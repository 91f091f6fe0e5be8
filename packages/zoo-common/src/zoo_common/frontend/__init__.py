"""What every framework package's command line shares: one set of flags, one way from a card to a scored run."""

from zoo_common.frontend.backend import Backend, Built
from zoo_common.frontend.calibration import CalibrationSet
from zoo_common.frontend.evaluate import add_evaluate

__all__ = ["Backend", "Built", "CalibrationSet", "add_evaluate"]
