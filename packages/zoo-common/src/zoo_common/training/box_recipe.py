"""Everything that decides what comes out of training a box detector, apart from the data."""

from pydantic import Field
from typing_extensions import Annotated

from zoo_common.training.recipe import Schedule, Share

NotNegative = Annotated[float, Field(ge=0)]
Overlap = Annotated[float, Field(gt=0, lt=1)]


class BoxRecipe(Schedule):
    """Recipe of an anchor-based detector: AdamW, warm-up and cosine, random views of whole images.

    Classes are taught by the focal loss (Lin et al., 2017), boxes by their generalised IoU (Rezatofighi et al.,
    2019).
    """

    rare: Share = 0.5
    """Pictures of classes that fewer pictures than this share show come oftener, see `repeat_factors`."""
    zoom: Share = 0.15
    """An image's sides are scaled by 1 - zoom to 1 + zoom, uniform, after it was scaled to the input."""
    stretch: Share = 0.05
    """Its width further by 1 - stretch to 1 + stretch, and its height by the inverse."""
    flip: Share = 0.5
    """Share of mirrored views."""
    brightness: Share = 0.15
    """Pixels are multiplied by 1 - brightness to 1 + brightness, and get up to 40 times it added or taken."""
    seen: Overlap = 0.4
    """A box of which less than this share is in the view is neither taught nor held against the network."""
    positive_overlap: Overlap = 0.45
    """Anchors with this IoU and more to a box are taught it, and of every box the anchor that overlaps it most."""
    negative_overlap: Overlap = 0.35
    """Anchors with less IoU to every box are taught background; those between are left out."""
    focal_alpha: Overlap = 0.5
    """Weight of what is there; 1 - this of what is not."""
    focal_gamma: NotNegative = 2.0
    """How much less it counts what is right already."""
    box_weight: NotNegative = 2.0
    """Weight of the boxes' loss beside the classes'."""
    prior: Overlap = 0.01
    """Score of every class everywhere at the start."""
    weight_decay: NotNegative = 0.01
    """Of convolutions alone, not scaled by their gradients (AdamW)."""
    average_decay: Share = 0.998
    """Weights end as the running mean of those of the last steps."""
