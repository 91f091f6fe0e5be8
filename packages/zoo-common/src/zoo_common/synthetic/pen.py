"""Drawing in a thing's own measures: x right, y up from its ground point, 1 is an adult's stature."""

from typing import Sequence, Tuple

import numpy as np

from zoo_common.synthetic.canvas import Canvas, Colour, circle_points, hull, tint

Rng = np.random.Generator
WOOD = ("a9713f", "8a5a34", "c79a63", "6b4a35")
INK: Colour = (60, 50, 50)


class Pen:
    """Draw in local coordinates at a ground point, with a dark edge around every shape."""

    def __init__(self, canvas: Canvas, x: float, y: float, scale: float) -> None:
        self.canvas, self.x, self.y, self.scale = canvas, x, y, scale

    def map(self, points: "Sequence[Tuple[float, float]] | np.ndarray") -> np.ndarray:
        """Return picture coordinates of local points."""
        return np.asarray(points, np.float32) * (self.scale, -self.scale) + (self.x, self.y)

    def shape(self, points: "Sequence[Tuple[float, float]] | np.ndarray", fill: Colour, edge: bool = True) -> None:
        """Fill a polygon."""
        p = self.map(points)
        self.canvas.fill(p, fill)
        if edge:
            self.canvas.line(np.concatenate([p, p[:1]]), tint(fill, 0.55), max(0.5, 0.007 * self.scale), record=True)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, edge: bool = True) -> None:
        """Fill a rectangle."""
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, edge)

    def disc(self, x: float, y: float, rx: float, ry: float, fill: Colour, edge: bool = True) -> None:
        """Fill an ellipse."""
        self.shape(circle_points(x, y, rx, ry), fill, edge)

    def blob(self, circles: Sequence[Tuple[float, float, float]], fill: Colour) -> None:
        """Fill the outline around circles."""
        self.shape(hull(circles), fill)

    def stroke(self, points: "Sequence[Tuple[float, float]] | np.ndarray", fill: Colour, width: float) -> None:
        """Draw a thick line."""
        self.canvas.line(self.map(points), fill, width * self.scale, record=True)
