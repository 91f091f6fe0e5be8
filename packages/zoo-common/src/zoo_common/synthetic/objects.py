"""The things that can be drawn, by their COCO category, and where each belongs."""

from typing import Callable, Dict, NamedTuple

from zoo_common.synthetic import belongings, furniture
from zoo_common.synthetic.pen import Pen, Rng


class Thing(NamedTuple):
    """How to draw a category, and where it belongs."""

    category: int  # COCO id
    draw: Callable[[Pen, Rng], None]
    place: str  # ground, sky, wall, hand, table
    half_width: float


THINGS: Dict[str, Thing] = {
    "traffic light": Thing(10, furniture.traffic_light, "street", 0.1),
    "stop sign": Thing(13, furniture.stop_sign, "street", 0.2),
    "bench": Thing(15, furniture.bench, "outdoor", 0.52),
    "dog": Thing(18, belongings.dog, "ground", 0.33),
    "umbrella": Thing(28, belongings.umbrella, "hand", 0.33),
    "suitcase": Thing(33, belongings.suitcase, "street", 0.16),
    "sports ball": Thing(37, belongings.ball, "ground", 0.075),
    "kite": Thing(38, belongings.kite, "sky", 0.15),
    "bottle": Thing(44, belongings.bottle, "table", 0.035),
    "cup": Thing(47, belongings.cup, "table", 0.065),
    "chair": Thing(62, furniture.chair, "seat", 0.15),
    "potted plant": Thing(64, furniture.plant, "ground", 0.3),
    "dining table": Thing(67, furniture.table, "indoor", 0.46),
    "book": Thing(84, belongings.book, "hand", 0.11),
    "clock": Thing(85, furniture.clock, "wall", 0.13),
    "teddy bear": Thing(88, belongings.teddy, "ground", 0.13),
}
