"""Everything that decides what comes out of training, apart from the data."""

import math
from typing import Tuple

from pydantic import Field
from typing_extensions import Annotated

from zoo_common.schema import Document

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Triple = Tuple[float, float, float]


class Schedule(Document):
    """What every training decides: seed, length, batch, and a rate that warms up and then falls along a cosine."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    iterations: Positive = 6000
    batch_size: Positive = 16
    learning_rate: Annotated[float, Field(gt=0)] = 0.0015
    """Highest rate; reached after the warm-up, then half a cosine down to `final_share` of it."""
    warmup: Share = 0.06
    """Share of the iterations over which the rate rises."""
    final_share: Share = 0.005

    def rate(self, iteration: int) -> float:
        """Return the learning rate of an iteration, 0-based."""
        rising = int(self.warmup * self.iterations)
        if iteration < rising:
            return self.learning_rate * (iteration + 1) / (rising + 1)
        done = (iteration - rising) / max(1, self.iterations - rising)
        low = self.learning_rate * self.final_share
        return low + (self.learning_rate - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class Recipe(Schedule):
    """Recipe of a top-down heatmap network: Adam, warm-up and cosine, random views, L2 on Gaussian maps."""

    sigma: Annotated[float, Field(gt=0)] = 2.0
    """Standard deviation of the target Gaussians in heatmap cells."""
    flip: Share = 0.0
    """Share of mirrored views. None by default: the drawn people wear warm colours on the left and cool ones on the
    right, and a mirrored picture contradicts that."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 20.0
    """Largest turn to either side in degrees (uniform); `rotated` of the views are turned."""
    rotated: Share = 0.6
    zoom: Share = 0.25
    """The crop's side is multiplied by 1 - zoom to 1 + zoom, uniform."""
    shift: Share = 0.04
    """Largest shift of the crop's centre, as a share of the crop's side."""
    brightness: Share = 0.25
    """Pixels are multiplied by 1 - brightness to 1 + brightness, and get up to 40 times it added or taken."""
    mean: Triple = (0.485, 0.456, 0.406)
    std: Triple = (0.229, 0.224, 0.225)
