"""Compose one picture: a place, one to five people, some things, who stands before whom, and light."""

from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import cv2
import numpy as np

from zoo_common.synthetic import poses
from zoo_common.synthetic.backgrounds import Place, random_place
from zoo_common.synthetic.canvas import PARTS, Canvas, shade
from zoo_common.synthetic.develop import develop
from zoo_common.synthetic.dice import between
from zoo_common.synthetic.figure import Figure
from zoo_common.synthetic.objects import THINGS
from zoo_common.synthetic.pen import Pen
from zoo_common.synthetic.skeleton import Body, Pose, move, pose_body
from zoo_common.synthetic.visibility import keypoints_of
from zoo_common.synthetic.wardrobe import random_look

PERSON = 1
MIN_VISIBLE = 8  # joints; of whom fewer are seen, only the box is annotated
SIZES = ((320, 240), (400, 300), (427, 320), (480, 320), (480, 360), (240, 320), (300, 400), (320, 427), (360, 480))
_SHARES = (0.3, 0.57, 0.78, 0.91)  # of pictures with at most one, two, three, four people
FURNITURE: Dict[str, Tuple[str, ...]] = {
    "park": ("bench", "sports ball", "kite", "kite", "dog", "dog", "teddy bear"),
    "beach": ("sports ball", "sports ball", "kite", "kite", "dog"),
    "city": ("traffic light", "traffic light", "stop sign", "bench", "suitcase", "dog"),
    "wall": ("bench", "stop sign", "potted plant", "suitcase", "clock"),
    "room": ("chair", "dining table", "dining table", "potted plant", "clock", "clock", "teddy bear", "dog"),
    "blur": ("sports ball", "potted plant", "suitcase", "kite"),
}


class Labelled(NamedTuple):
    """One instance of a finished picture."""

    category: int
    mask: np.ndarray  # (h, w) uint8, 1 where it is visible
    keypoints: Optional[np.ndarray]  # (17, 3) for people, else None
    crowd: bool


class Picture(NamedTuple):
    """A finished picture."""

    image: np.ndarray  # (h, w, 3) uint8 BGR
    instances: List[Labelled]
    quality: int  # of the JPEG


class _Item(NamedTuple):
    scale: float  # pixels of an adult at that distance: what is nearer is larger and painted later
    paint: Callable[[], None]


class Scene:
    """Fill a place with people and things, then paint them from far to near."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.width, self.height = SIZES[rng.integers(len(SIZES))]
        self.place: Place = random_place(rng, self.height, self.width)
        self.canvas: Canvas
        self.eye = between(rng, 0.6, 0.85)  # height of the viewer's eye in statures
        self.light = -1.0 if rng.random() < 0.5 else 1.0
        self.items: List[_Item] = []
        self.kinds: List[Tuple[int, Optional[Body], bool]] = []  # category, labelled body, crowd
        self.taken: List[Tuple[float, float, float, float]] = []

    def picture(self) -> Picture:
        """Compose and paint."""
        rng = self.rng
        outdoor = self.place.kind in ("park", "beach", "city")
        if outdoor and rng.random() < 0.16:
            self._crowd()
        count = 1 + int(np.searchsorted(_SHARES, rng.random()))
        for _ in range(count):
            self._person(self._distance(count))
        if outdoor and rng.random() < 0.15:
            for _ in range(int(rng.integers(1, 3))):
                self._person(between(rng, 22, 38), labelled=False)
        choices = FURNITURE[self.place.kind]
        for name in rng.permutation(len(choices))[: int(rng.integers(0, 4))]:
            self._thing(choices[name])
        self.canvas = Canvas(self.place.image)
        for item in sorted(self.items, key=lambda item: item.scale):
            item.paint()
        return self._finish()

    def _distance(self, count: int) -> float:
        kind, rng = self.rng.random(), self.rng
        if kind < 0.16 and count > 1:
            return between(rng, 46, 0.34 * self.height)
        if kind < 0.80:
            return between(rng, 0.36, 0.74) * self.height
        return between(rng, 0.74, 1.3) * self.height

    def _ground(self, scale: float) -> float:
        return self.place.horizon + self.eye * scale

    def _enter(self, category: int, body: Optional[Body] = None, crowd: bool = False) -> int:
        self.kinds.append((category, body, crowd))
        return len(self.kinds)

    def _free_x(self, left: float, right: float, top: float, bottom: float) -> float:
        """Choose where something reaching `left` and `right` of its middle fits best; it is then taken."""
        inside = 0.0 if self.rng.random() < 0.85 else 0.5
        low, high = left * (1 - inside), self.width - right * (1 - inside)
        best, cost = self.width / 2, np.inf
        for _ in range(14):
            x = between(self.rng, low, high) if high > low else self.width * between(self.rng, 0.3, 0.7)
            overlap = 0.0
            for x0, y0, x1, y1 in self.taken:
                wide = max(0.0, min(x1, x + right) - max(x0, x - left))
                tall = max(0.0, min(y1, bottom) - max(y0, top))
                smaller = min((x1 - x0) * (y1 - y0), (left + right) * (bottom - top))
                overlap += wide * tall / max(smaller, 1.0)
            if overlap < cost:
                best, cost = x, overlap
            if overlap < 0.12:
                break
        self.taken.append((best - left, top, best + right, bottom))
        return float(best)

    def _person(self, scale: float, labelled: bool = True) -> None:
        look = random_look(self.rng)
        pose = poses.random_pose(self.rng)
        size, y = scale * look.stature, self._ground(scale)
        body = pose_body(pose, 0.0, y, size, look.head_scale, look.width)
        margin = 0.04 * size
        left, right = margin - body.joints[:, 0].min(), body.joints[:, 0].max() + margin
        top = body.joints[:, 1].min() - 0.13 * size
        x = self._free_x(left, right, top, y + margin)
        body = move(body, x)
        instance = self._enter(PERSON, body if labelled else None)
        figure = Figure(body, look, self.light)
        before, after = self._props(pose, body)

        self._shadow(x, y, 0.3 * size, pose.lift)

        def paint() -> None:
            for prop in before:
                prop()
            figure.draw(self.canvas, instance)
            for prop in after:
                prop()

        self.items.append(_Item(scale, paint))

    def _shadow(self, x: float, y: float, wide: float, lift: float = 0.0) -> None:
        shade(self.place.image, x, y, wide, wide * 0.3, 0.6 - lift)

    def _paint_thing(self, name: str, x: float, y: float, scale: float) -> Callable[[], None]:
        instance, rng = self._enter(THINGS[name].category), np.random.default_rng(int(self.rng.integers(1 << 40)))

        def paint() -> None:
            self.canvas.pen(instance)
            THINGS[name].draw(Pen(self.canvas, x, y, scale), rng)

        return paint

    def _props(self, pose: Pose, body: Body) -> Tuple[List[Callable[[], None]], List[Callable[[], None]]]:
        """What goes with a pose: a seat, a book, an umbrella, a ball."""
        rng, size, j = self.rng, body.size, body.joints
        before: List[Callable[[], None]] = []
        after: List[Callable[[], None]] = []
        if pose.name == "sit":
            seat = "bench" if self.place.kind in ("park", "beach", "city", "wall") else "chair"
            hip = j[[11, 12]].mean(axis=0)
            behind = np.cos(np.radians(pose.yaw)) > -0.6
            (before if behind else after).append(self._paint_thing(seat, hip[0], hip[1] + 0.27 * size, size * 1.05))
        elif pose.name == "hold" and rng.random() < 0.7:
            hands = j[[9, 10]].mean(axis=0)
            name = ("book", "book", "teddy bear")[rng.integers(3)]
            drop = 0.14 * size if name == "teddy bear" else 0.0
            after.append(self._paint_thing(name, hands[0], hands[1] + drop, size))
        elif pose.name == "kick" and rng.random() < 0.75:
            foot = j[[15, 16]][int(np.argmax(j[[15, 16], 2]))]
            side = np.sign(np.sin(np.radians(pose.yaw))) or 1.0
            after.append(
                self._paint_thing("sports ball", foot[0] + side * 0.13 * size, foot[1] + 0.05 * size, size * 1.2)
            )
        elif pose.name == "wave" and rng.random() < 0.25:
            hand = j[9] if j[9, 1] < j[10, 1] else j[10]
            name = "umbrella" if self.place.kind != "room" else ("cup", "bottle")[rng.integers(2)]
            scale = size if name == "umbrella" else size * 1.2
            before.append(self._paint_thing(name, hand[0], hand[1] - 0.02 * size, scale))
        return before, after

    def _thing(self, name: str) -> None:
        rng, thing = self.rng, THINGS[name]
        if thing.place in ("sky", "wall"):
            scale = self.height * between(rng, 0.35, 0.7)
            x = self._free_x(thing.half_width * scale, thing.half_width * scale, 0, 0.3 * self.height)
            y = between(rng, 0.16, 0.34) * self.height
            self.items.append(_Item(0.0, self._paint_thing(name, x, y, scale)))
            return
        scale = self.height * between(rng, 0.4, 0.85) * (1.25 if name == "sports ball" else 1.0)
        y, half = self._ground(scale), thing.half_width * scale
        x = self._free_x(half, half, y - 0.4 * scale, y)
        paints = [self._paint_thing(name, x, y, scale)]
        if name == "dining table":
            for k, thing_on in enumerate(("bottle", "cup", "potted plant")):
                if rng.random() < 0.7:
                    at = x + scale * (-0.27 + 0.27 * k + between(rng, -0.06, 0.06))
                    paints.append(self._paint_thing(thing_on, at, y - 0.42 * scale, scale * (0.6 if k == 2 else 1.2)))

        self._shadow(x, y, half * 1.25)

        def paint() -> None:
            for one in paints:
                one()

        self.items.append(_Item(scale, paint))

    def _crowd(self) -> None:
        """A group too far away to tell apart, labelled as one."""
        rng = self.rng
        instance = self._enter(PERSON, crowd=True)
        middle, scale = between(rng, 0.2, 0.8) * self.width, between(rng, 26, 40)
        people = []
        for _ in range(int(rng.integers(7, 12))):
            size = scale * between(rng, 0.92, 1.05)
            x, y = middle + rng.normal(0, 1.1) * scale, self._ground(size)
            pose, look = poses.random_pose(rng), random_look(rng)
            figure = Figure(pose_body(pose, x, y, size * look.stature, look.head_scale, look.width), look, self.light)
            people.append((size, figure))

        def paint() -> None:
            for _, figure in sorted(people, key=lambda one: one[0]):
                figure.draw(self.canvas, instance)

        self.items.append(_Item(scale, paint))

    def _finish(self) -> Picture:
        image, ids = self.canvas.finish()
        owner = (ids // PARTS).astype(np.uint8)  # far fewer than 256 instances
        instances = []
        for number, (category, body, crowd) in enumerate(self.kinds, start=1):
            mask = cv2.compare(owner, number, cv2.CMP_EQ)
            if cv2.countNonZero(mask) < 16:
                continue
            points = np.zeros((17, 3)) if category == PERSON else None
            if body is not None:
                points = keypoints_of(body, ids, number)
                if (points[:, 2] == 2).sum() < MIN_VISIBLE:
                    points[:] = 0
            instances.append(Labelled(category, mask & 1, points, crowd))
        return Picture(develop(image, self.light, self.rng), instances, int(self.rng.integers(85, 93)))


def render(seed: int, split: int, index: int) -> Picture:
    """Return picture `index` of a split (0 train, 1 val): the same for the same numbers, whatever was drawn before."""
    return Scene(np.random.default_rng(np.random.SeedSequence([seed, split, index]))).picture()
