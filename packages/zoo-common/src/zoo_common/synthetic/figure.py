"""Draw one person on a canvas, limb by limb from far to near."""

from typing import Callable, List, Sequence, Tuple

import numpy as np
from zoo_common.synthetic.canvas import PARTS, Canvas, Colour, hull, tint
from zoo_common.synthetic.head import HeadPainter
from zoo_common.synthetic.skeleton import Body
from zoo_common.synthetic.wardrobe import Look

TORSO, HEAD, SKIRT, SEAT = 1, 2, 3, 4
ARM, LEG = (8, 9), (10, 11)  # left, right
Circle = Tuple[float, float, float]
_WATCH = (40, 200, 250)


class Figure:
    """One dressed body; `draw` paints it as the given instance."""

    def __init__(self, body: Body, look: Look, light: float) -> None:
        """`light` is -1 for light from the left, 1 from the right."""
        assert max(LEG) < PARTS
        self.body, self.look, self.light = body, look, light
        self.joint, self.size = body.joints, body.size

    def draw(self, canvas: Canvas, instance: int) -> None:
        """Paint every part, far ones first."""
        depth = self.joint[:, 2] / self.size
        trunk = float(depth[[5, 6, 11, 12]].mean())
        head = HeadPainter(canvas, self.body, self.look)
        steps: List[Tuple[float, int, Callable[[Canvas], None]]] = [
            (trunk, TORSO, self._torso),
            (max(trunk, float(self.body.head[2]) / self.size) + 0.02, HEAD, lambda _: head.front()),
            (min(trunk, float(depth[5:7].min())) - 0.03, HEAD, lambda _: head.behind()),
        ]
        for i in (0, 1):
            arm, leg = depth[[5 + i, 7 + i, 9 + i]], depth[[11 + i, 13 + i, 15 + i]]
            near = 0.02 if arm[1:].mean() > trunk - 0.02 else -0.02
            steps.append((float(arm.mean()) + near, ARM[i], lambda c, i=i: self._arm(c, i)))  # type: ignore[misc]
            reach = float(leg[1] - trunk)
            steps.append((trunk + min(reach, 0.5) if reach > 0.08 else trunk - 0.05 + reach, LEG[i], lambda c, i=i: self._leg(c, i)))  # type: ignore[misc]
        if self.look.trousers == 0:
            knees = float(depth[[13, 14]].max() - trunk)
            steps.append((trunk + max(knees, 0) + 0.001, SKIRT, self._skirt))
        for _, part, paint in sorted(steps, key=lambda step: step[0]):
            canvas.pen(instance, part)
            paint(canvas)

    def _limb(self, canvas: Canvas, bones: Sequence[Tuple[Circle, Circle, Colour]]) -> None:
        """Paint a chain of bones: outline around all, then each with its lit side."""
        edge = max(0.5, 0.0075 * self.size)
        for a, b, colour in bones:
            canvas.blob([(x, y, r + edge) for x, y, r in (a, b)], tint(colour, 0.6))
        for a, b, colour in bones:
            canvas.blob((a, b), tint(colour, 0.9))
            if self.size > 55:
                lit = [(x + self.light * r * 0.22, y - r * 0.12, r * 0.66) for x, y, r in (a, b)]
                canvas.blob(lit, tint(colour, 1.1), record=False)

    def _at(self, a: int, b: int, t: float, radius: float) -> Circle:
        p = self.joint[a] * (1 - t) + self.joint[b] * t
        return float(p[0]), float(p[1]), radius * self.size

    def _arm(self, canvas: Canvas, i: int) -> None:
        look, s, e, w = self.look, 5 + i, 7 + i, 9 + i
        far = 0.86 if self.joint[w, 2] < self.joint[5:7, 2].mean() - 0.08 * self.size else 1.0
        skin, shirt = tint(look.skin, far), tint(look.shirt, far)
        hand = self._at(e, w, 1.12, 0.03)
        bones = [
            (self._at(s, e, 0, 0.036), self._at(s, e, 1, 0.029), skin),
            (self._at(s, e, 1, 0.029), self._at(e, w, 1, 0.021), skin),
            (hand, hand, skin),
        ]
        sleeve = []
        if look.sleeve > 0:
            sleeve.append((self._at(s, e, 0, 0.042), self._at(s, e, min(look.sleeve, 1.0), 0.037), shirt))
        if look.sleeve > 1:
            sleeve.append((self._at(s, e, 1, 0.036), self._at(e, w, 0.9, 0.03), shirt))
        if look.sleeve > 1:
            bones = bones[2:]
        self._limb(canvas, bones)
        if sleeve:
            self._limb(canvas, sleeve)
        if i == 0:
            self._ring(canvas, s, e, 0.42, 0.085, look.left_shoe)
            self._ring(canvas, e, w, 0.9, 0.062, _WATCH)

    def _ring(self, canvas: Canvas, a: int, b: int, t: float, width: float, colour: Colour) -> None:
        """Paint a band across a bone."""
        x, y, _ = self._at(a, b, t, 0)
        along = self.joint[b, :2] - self.joint[a, :2]
        length = float(np.hypot(*along))
        if length < 0.03 * self.size:
            return
        across = np.array([-along[1], along[0]]) / length * width * self.size / 2
        canvas.line(np.array([[x, y] - across, [x, y] + across]), colour, 0.026 * self.size, record=True)

    def _leg(self, canvas: Canvas, i: int) -> None:
        look, h, k, a = self.look, 11 + i, 13 + i, 15 + i
        far = 0.86 if self.joint[k, 2] < self.joint[11:13, 2].mean() - 0.05 * self.size else 1.0
        skin, cloth = tint(look.skin, far), tint(look.legwear, far)
        thigh = (self._at(h, k, 0, 0.062), self._at(h, k, 1, 0.043))
        shin = (self._at(h, k, 1, 0.041), self._at(k, a, 1, 0.027))
        long = look.trousers > 1
        bones = [(thigh[0], thigh[1], cloth if long else skin), (shin[0], shin[1], cloth if long else skin)]
        if self.joint[k, 2] > self.joint[a, 2] + 0.03 * self.size:
            bones = bones[::-1]
        self._shoe(canvas, i)
        self._limb(canvas, bones)
        if 0 < look.trousers < 1:
            self._limb(canvas, [(self._at(h, k, 0, 0.066), self._at(h, k, look.trousers, 0.056), cloth)])
        elif not long:
            self._ring(canvas, k, a, 0.85, 0.07, tint(look.second, 1.2))
        if self.joint[a, 2] > self.joint[k, 2] or self.body.toes[i, 2] > self.joint[a, 2]:
            self._shoe(canvas, i)

    def _shoe(self, canvas: Canvas, i: int) -> None:
        colour = self.look.left_shoe if i == 0 else self.look.right_shoe
        x, y, _ = self.joint[15 + i]
        tx, ty, _ = self.body.toes[i]
        s = self.size
        self._limb(canvas, [((x, y + 0.008 * s, 0.033 * s), (tx, ty, 0.027 * s), colour)])

    def _torso(self, canvas: Canvas) -> None:
        look, s, j = self.look, self.size, self.joint
        neck = self.body.neck
        canvas.blob([(neck[0], neck[1] + 0.02 * s, 0.036 * s), (self.body.head[0], self.body.head[1], 0.032 * s)], tint(look.skin, 0.82))
        hips = [(j[i, 0], j[i, 1] + 0.01 * s, 0.062 * s) for i in (11, 12)]
        canvas.blob([(x, y, r + 0.0075 * s) for x, y, r in hips], tint(look.legwear, 0.6))
        canvas.blob(hips, tint(look.legwear, 0.92))
        chest = [(j[i, 0] * 0.94 + neck[0] * 0.06, j[i, 1] + 0.012 * s, 0.043 * s) for i in (5, 6)]
        middle = (j[[5, 6, 11, 12], :2].mean(axis=0) - (0, 0.02 * s)).tolist()
        waist = [(j[i, 0], j[i, 1] - 0.025 * s, 0.055 * s) for i in (11, 12)]
        circles = chest + waist + [(middle[0], middle[1], 0.078 * s)]
        canvas.blob([(x, y, r + 0.0075 * s) for x, y, r in circles], tint(look.shirt, 0.6))
        outline = hull(circles)
        canvas.fill(outline, tint(look.shirt, 0.94), convex=True)
        if s > 45:
            self._pattern(canvas, outline)
        front = np.cos(self.body.turn) > 0
        collar = [(neck[0], neck[1] + 0.012 * s, 0.045 * s)]
        if front:
            canvas.blob(collar, tint(look.skin, 0.9))
            left = j[5, :2] * 0.52 + j[6, :2] * 0.2 + j[11, :2] * 0.28  # a pocket on the wearer's left
            if abs(j[5, 0] - j[6, 0]) > 0.1 * s:
                canvas.fill(left + np.array([[-1, -1], [1, -1], [1, 0.6], [0, 1.2], [-1, 0.6]]) * 0.026 * s, look.left_shoe, convex=True)

    def _pattern(self, canvas: Canvas, outline: np.ndarray) -> None:
        """Print the shirt: the pattern is painted on a copy and comes through the outline only."""
        import cv2  # noqa: PLC0415

        view, mask, corner = canvas.window(outline)
        if not view.size:
            return
        look, j, s = self.look, self.joint, self.size
        print_ = view.copy()
        grid = np.array([j[6, :2], j[5, :2], j[12, :2], j[11, :2]])
        centre, right = grid.mean(axis=0), np.array([1.0, 0.0])
        down = (grid[2] + grid[3] - grid[0] - grid[1]) / 2
        down /= np.hypot(*down) + 1e-6
        right = np.array([down[1], -down[0]])

        def stroke(p: np.ndarray, q: np.ndarray, width: float) -> None:
            ends = [tuple(int(v) for v in np.round((e * 2 - corner) * 8)) for e in (p, q)]
            cv2.line(print_, ends[0], ends[1], tint(look.second, 0.96), max(1, round(width * 2)), cv2.LINE_AA, 3)

        steps = np.arange(-3, 4) * 0.062 * s
        if look.pattern in ("stripes", "checks"):
            for t in steps:
                stroke(centre + down * t - right * s, centre + down * t + right * s, 0.024 * s)
        if look.pattern in ("bars", "checks"):
            for t in steps:
                stroke(centre + right * t - down * s, centre + right * t + down * s, 0.018 * s)
        if look.pattern == "dots":
            for t in steps:
                for n, q in enumerate(steps):
                    p = centre + down * t + right * (q + (0.031 * s if n % 2 else 0))
                    stroke(p, p, 0.022 * s)
        # the side away from the light is darker
        edge = centre - right * np.sign(right[0] or 1) * self.light * 0.125 * s
        shade = print_.copy()
        a, b = edge - down * s, edge + down * s
        ends = [tuple(int(v) for v in np.round((e * 2 - corner) * 8)) for e in (a, b)]
        cv2.line(shade, ends[0], ends[1], (40, 20, 30), max(1, round(0.17 * s)), cv2.LINE_AA, 3)
        print_ = cv2.addWeighted(print_, 0.82, shade, 0.18, 0)
        cv2.copyTo(print_, mask, view)

    def _skirt(self, canvas: Canvas) -> None:
        j, s = self.joint, self.size
        top = [(j[i, 0], j[i, 1] - 0.03 * s, 0.058 * s) for i in (11, 12)]
        hem = []
        for h, k in ((11, 13), (12, 14)):
            p = j[h] * 0.25 + j[k] * 0.75
            out = 0.03 * s * np.sign(j[h, 0] - j[23 - h, 0])
            hem.append((p[0] + out, p[1], 0.045 * s))
        circles = top + hem
        canvas.blob([(x, y, r + 0.0075 * s) for x, y, r in circles], tint(self.look.legwear, 0.6))
        canvas.blob(circles, self.look.legwear)
        for t in (0.25, 0.5, 0.75):
            a = np.array(top[0][:2]) * (1 - t) + np.array(top[1][:2]) * t
            b = np.array(hem[0][:2]) * (1 - t) + np.array(hem[1][:2]) * t
            canvas.line(np.array([a * 0.6 + b * 0.4, b]), tint(self.look.legwear, 0.8), 0.01 * s)
