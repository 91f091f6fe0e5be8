"""Random views of whole photographs: scaled as the evaluation does, then zoomed, moved, turned and lit differently."""

from typing import NamedTuple

import cv2
import numpy as np

from zoo_common.crops import warp
from zoo_common.paf import STRIDE
from zoo_common.training.paf_recipe import PafRecipe
from zoo_common.training.paf_scenes import Scene
from zoo_common.training.paf_targets import CELL_CENTRE
from zoo_common.training.views import light, turn

PAD_VALUE = 128
"""Of what lies outside the photograph; the value that inputs are padded with."""
_HALF_SEEN = 127


class View(NamedTuple):
    """One view.

    Attributes:
        image: uint8 BGR ``[height, width, 3]``.
        joints: float32 ``[P, 18, 2]``, x and y in the view's pixels, inside or not.
        labelled: bool ``[P, 18]``.
        counted: bool ``[height / 8, width / 8]``, the cells where it is known what belongs there.
    """

    image: np.ndarray
    joints: np.ndarray
    labelled: np.ndarray
    counted: np.ndarray


def random_scene_view(scene: Scene, recipe: PafRecipe, random: np.random.Generator) -> View:
    """Draw one view; ``random`` is advanced by the same number of draws whatever they give."""
    zoom, angle, gain, lift = random.uniform(-1, 1, 4)
    across, down, turned = random.random(3)
    height, width = scene.image.shape[:2]
    scale = recipe.input_height / height * (1 + recipe.zoom * zoom)
    slack = np.array([recipe.view[1] - width * scale, recipe.view[0] - height * scale])
    matrix = place(scale, slack * (across, down))
    if turned < recipe.rotated:
        matrix = turn(matrix, recipe.rotation * angle, recipe.view)
    image = warp(scene.image, matrix, recipe.view, PAD_VALUE)
    image = cv2.LUT(image, light(1 + recipe.brightness * gain, 40 * recipe.brightness * lift))
    joints = scene.joints @ matrix[:, :2].T + matrix[:, 2]
    return View(image, joints.astype(np.float32), scene.labelled, _counted(scene, matrix, recipe))


def place(scale: float, corner: np.ndarray) -> np.ndarray:
    """Return the matrix ``[2, 3]`` that scales about pixels' corners, as `cv2.resize`, and moves to ``corner``."""
    centre = 0.5 * scale - 0.5
    return np.array([[scale, 0, centre + corner[0]], [0, scale, centre + corner[1]]])


def _counted(scene: Scene, matrix: np.ndarray, recipe: PafRecipe) -> np.ndarray:
    cells = recipe.view[0] // STRIDE, recipe.view[1] // STRIDE
    if scene.unknown is None:
        return np.ones(cells, bool)
    to_cells = (matrix - [[0, 0, CELL_CENTRE]]) / STRIDE
    unknown = warp(scene.unknown, to_cells, cells) > _HALF_SEEN
    # Their limbs' fields and heatmaps reach a cell further than they do.
    return cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
