"""Everything that decides what comes out of training a part-affinity-field network, apart from the data."""

from typing import Tuple

from pydantic import Field
from typing_extensions import Annotated

from zoo_common.paf import STRIDE
from zoo_common.training.recipe import Positive, Schedule, Share

Cells = Annotated[int, Field(gt=0, multiple_of=STRIDE)]
NotNegative = Annotated[float, Field(ge=0)]


class PafRecipe(Schedule):
    """Recipe of a bottom-up network: AdamW, warm-up and cosine, random views of whole images, L2 on drawn maps.

    Views are never mirrored: the drawn people wear warm colours on the left and cool ones on the right.
    """

    input_height: Positive = 240
    """Pixels to which an image's height is scaled before it is zoomed; that of the evaluation."""
    view: Tuple[Cells, Cells] = (240, 240)
    """Height and width of a view in pixels."""
    zoom: Share = 0.25
    """An image is scaled further by 1 - zoom to 1 + zoom, uniform."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 20.0
    """Largest turn to either side in degrees (uniform); `rotated` of the views are turned."""
    rotated: Share = 0.5
    brightness: Share = 0.25
    """Pixels are multiplied by 1 - brightness to 1 + brightness, and get up to 40 times it added or taken."""
    sigma: Annotated[float, Field(gt=0)] = 1.0
    """Standard deviation of the heatmaps' Gaussians in cells."""
    limb_width: Annotated[float, Field(gt=0)] = 0.9
    """How far from a limb its field reaches, in cells."""
    emphasis: NotNegative = 2.0
    """Errors weigh 1 + this times the target's size: most cells are empty, and a decoder wants tall peaks."""
    weight_decay: NotNegative = 0.01
    """Of convolutions alone, not scaled by their gradients (AdamW)."""
    average_decay: Share = 0.995
    """Weights end as the running mean of those of the last steps."""
