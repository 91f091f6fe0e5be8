"""Draw one person on a canvas, limb by limb from far to near."""

import math
from typing import Callable, List, Sequence, Tuple

import cv2
import numpy as np

from zoo_common.synthetic.canvas import Canvas, Circle, Colour, capsules, hull, tint
from zoo_common.synthetic.head import HeadPainter
from zoo_common.synthetic.skeleton import Body
from zoo_common.synthetic.wardrobe import Look

TORSO, HEAD, SKIRT = 1, 2, 3  # parts
ARM, LEG = (8, 9), (10, 11)  # left, right
_STOUT = 1.15  # limbs against a grown-up's: everyone is a little round
_PATCH = 0.021
_FINE = 64  # pixels; smaller people go without rims and lit sides
_POCKET = np.array([[-1, -1], [1, -1], [1, 0.6], [0, 1.2], [-1, 0.6]]) * 0.026


class Figure:
    """One dressed body; `draw` paints it as the given instance."""

    def __init__(self, body: Body, look: Look, light: float) -> None:
        """`light` is -1 for light from the left, 1 from the right."""
        self.body, self.look, self.light = body, look, light
        self.joint, self.size = body.joints, body.size
        self.point = body.joints.tolist()
        self.edge = max(0.5, 0.0075 * self.size)
        self.bones: List[Tuple[Circle, Circle]] = []
        self.colours: List[Colour] = []
        self.outlines = np.empty((0, 0, 0, 0), np.int32)

    def draw(self, canvas: Canvas, instance: int) -> None:
        """Paint every part, far ones first."""
        depth = [z / self.size for _, _, z in self.point]
        trunk = (depth[5] + depth[6] + depth[11] + depth[12]) / 4
        head = HeadPainter(canvas, self.body, self.look)
        steps: List[Tuple[float, int, Callable[[Canvas], None]]] = [
            (trunk, TORSO, self._torso),
            (max(trunk, float(self.body.head[2]) / self.size) + 0.02, HEAD, lambda _: head.front()),
            (min(trunk, depth[5], depth[6]) - 0.03, HEAD, lambda _: head.behind()),
        ]
        for i in (0, 1):
            shoulder, elbow, wrist, knee = depth[5 + i], depth[7 + i], depth[9 + i], depth[13 + i] - trunk
            near = 0.02 if (elbow + wrist) / 2 > trunk - 0.02 else -0.02
            steps.append(((shoulder + elbow + wrist) / 3 + near, ARM[i], self._arm(i)))
            steps.append((trunk + (min(knee, 0.5) if knee > 0.08 else knee - 0.05), LEG[i], self._leg(i)))
        if self.look.trousers == 0:
            steps.append((trunk + max(depth[13] - trunk, depth[14] - trunk, 0) + 0.001, SKIRT, self._skirt))
        layers = [(1, self.edge, 0, 0), (1, 0, 0, 0), (0.66, 0, self.light * 0.22, -0.12)]  # outline, colour, lit side
        self.outlines = capsules(np.array(self.bones, np.float32), np.array(layers, np.float32))
        for _, part, paint in sorted(steps, key=lambda step: step[0]):
            canvas.pen(instance, part)
            paint(canvas)

    def _bone(self, a: Circle, b: Circle, colour: Colour) -> int:
        """Note a bone; the outlines of all are computed together before painting."""
        self.bones.append((a, b))
        self.colours.append(colour)
        return len(self.bones) - 1

    def _limb(self, canvas: Canvas, bones: Sequence[int]) -> None:
        """Paint a chain of bones: outline around all, then each with its lit side."""
        for k in bones:
            canvas.fill_fixed(self.outlines[k, 0], tint(self.colours[k], 0.6))
        for k in bones:
            canvas.fill_fixed(self.outlines[k, 1], tint(self.colours[k], 0.9), record=False)
            if self.size > _FINE:
                canvas.fill_fixed(self.outlines[k, 2], tint(self.colours[k], 1.1), record=False)

    def _at(self, a: int, b: int, t: float, radius: float) -> Circle:
        (ax, ay, _), (bx, by, _) = self.point[a], self.point[b]
        return ax + (bx - ax) * t, ay + (by - ay) * t, radius * _STOUT * self.size

    def _arm(self, i: int) -> Callable[[Canvas], None]:
        look, s, e, w = self.look, 5 + i, 7 + i, 9 + i
        far = 0.86 if self.point[w][2] < (self.point[5][2] + self.point[6][2]) / 2 - 0.08 * self.size else 1.0
        skin, shirt = tint(look.skin, far), tint(look.shirt, far)
        side = look.left_shoe if i == 0 else look.right_shoe
        hand = self._at(e, w, 1.12, 0.03)
        chain, sleeve = [], []
        if look.sleeve <= 1:
            chain.append(self._bone(self._at(s, e, 0, 0.036), self._at(s, e, 1, 0.029), skin))
            chain.append(self._bone(self._at(s, e, 1, 0.029), self._at(e, w, 1, 0.021), skin))
        chain.append(self._bone(hand, hand, skin))
        if look.sleeve > 0:
            cuff = self._at(s, e, min(look.sleeve, 1.0), 0.037)
            sleeve.append(self._bone(self._at(s, e, 0, 0.042), cuff, shirt))
        if look.sleeve > 1:
            sleeve.append(self._bone(self._at(s, e, 1, 0.036), self._at(e, w, 0.9, 0.03), shirt))

        def paint(canvas: Canvas) -> None:
            self._limb(canvas, chain)
            self._limb(canvas, sleeve)
            if i == 0:
                self._ring(canvas, s, e, 0.42, 0.09, look.left_shoe)
            self._patch(canvas, e, _PATCH, side)
            self._ring(canvas, e, w, 1.0, 0.068, side)

        return paint

    def _patch(self, canvas: Canvas, joint: int, radius: float, colour: Colour) -> None:
        """Sew a round patch on an elbow or a knee."""
        (x, y, _), r = self.point[joint], radius * self.size
        if self.size > _FINE:
            canvas.ellipse(x, y, r + 0.006 * self.size, r + 0.006 * self.size, tint(colour, 0.6))
        canvas.ellipse(x, y, r, r, colour, record=self.size <= _FINE)

    def _ring(self, canvas: Canvas, a: int, b: int, t: float, width: float, colour: Colour) -> None:
        """Paint a band across a bone."""
        x, y, _ = self._at(a, b, t, 0)
        dx, dy = self.point[b][0] - self.point[a][0], self.point[b][1] - self.point[a][1]
        length = math.hypot(dx, dy)
        if length < 0.03 * self.size:
            return
        half = width * self.size / 2 / length
        ends = np.array([(x + dy * half, y - dx * half), (x - dy * half, y + dx * half)])
        canvas.line(ends, colour, 0.026 * self.size, record=True)

    def _leg(self, i: int) -> Callable[[Canvas], None]:
        look, h, k, a, s = self.look, 11 + i, 13 + i, 15 + i, self.size
        far = 0.86 if self.point[k][2] < (self.point[11][2] + self.point[12][2]) / 2 - 0.05 * s else 1.0
        cloth = tint(look.legwear, far)
        main = cloth if look.trousers > 1 else tint(look.skin, far)
        knee, ankle = self.point[k][2], self.point[a][2]
        chain = [
            self._bone(self._at(h, k, 0, 0.062), self._at(h, k, 1, 0.043), main),
            self._bone(self._at(h, k, 1, 0.041), self._at(k, a, 1, 0.027), main),
        ]
        if knee > ankle + 0.03 * s:
            chain.reverse()
        shorts = []
        if 0 < look.trousers < 1:
            shorts.append(self._bone(self._at(h, k, 0, 0.066), self._at(h, k, look.trousers, 0.056), cloth))
        (x, y, _), (tx, ty, _) = self.point[a], self.body.toes[i].tolist()
        leather = look.left_shoe if i == 0 else look.right_shoe
        shoe = [self._bone((x, y + 0.008 * s, 0.033 * s), (tx, ty, 0.027 * s), leather)]
        shoe_first = ankle <= knee and self.body.toes[i, 2] <= ankle

        def paint(canvas: Canvas) -> None:
            if shoe_first:
                self._limb(canvas, shoe)
            self._limb(canvas, chain)
            self._limb(canvas, shorts)
            self._patch(canvas, k, _PATCH * 1.3, leather)
            if look.trousers == 0:
                self._ring(canvas, k, a, 0.85, 0.07, tint(look.second, 1.2))
            if not shoe_first:
                self._limb(canvas, shoe)

        return paint

    def _torso(self, canvas: Canvas) -> None:
        look, s, j, e = self.look, self.size, self.joint, self.edge
        nx, ny, _ = self.body.neck.tolist()
        hx, hy, _ = self.body.head.tolist()
        canvas.blob([(nx, ny + 0.02 * s, 0.036 * s), (hx, hy, 0.032 * s)], tint(look.skin, 0.82))
        hips = [(x, y + 0.01 * s, 0.062 * s) for x, y, _ in self.point[11:13]]
        canvas.blob([(x, y, r + e) for x, y, r in hips], tint(look.legwear, 0.6))
        canvas.blob(hips, tint(look.legwear, 0.92), record=False)
        circles = [(x * 0.94 + nx * 0.06, y + 0.012 * s, 0.043 * s) for x, y, _ in self.point[5:7]]
        circles += [(x, y - 0.025 * s, 0.055 * s) for x, y, _ in self.point[11:13]]
        mx, my = j[[5, 6, 11, 12], :2].mean(axis=0).tolist()
        circles.append((mx, my - 0.02 * s, 0.078 * s))
        canvas.blob([(x, y, r + e) for x, y, r in circles], tint(look.shirt, 0.6))
        outline = hull(circles)
        canvas.fill(outline, tint(look.shirt, 0.9), convex=True, record=False)
        if s > _FINE:
            lit = (outline - (mx, my)) * (0.8, 0.93) + (mx + self.light * 0.016 * s, my - 0.008 * s)
            canvas.fill(lit, tint(look.shirt, 1.07), convex=True, record=False)
            if look.pattern != "plain":
                self._pattern(canvas, outline)
        if np.cos(self.body.turn) > 0:
            canvas.ellipse(nx, ny + 0.012 * s, 0.045 * s, 0.045 * s, tint(look.skin, 0.9))
            if abs(j[5, 0] - j[6, 0]) > 0.1 * s:  # a pocket on the wearer's left
                left = j[5, :2] * 0.52 + j[6, :2] * 0.2 + j[11, :2] * 0.28
                canvas.fill(left + _POCKET * s, look.left_shoe, convex=True)

    def _pattern(self, canvas: Canvas, outline: np.ndarray) -> None:
        """Print the shirt: the pattern is painted on a copy and comes through the outline only."""
        view, mask, corner = canvas.window(outline)
        if not view.size:
            return
        look, j, s = self.look, self.joint, self.size
        print_ = view.copy()
        grid = np.array([j[6, :2], j[5, :2], j[12, :2], j[11, :2]])
        centre = grid.mean(axis=0)
        down = (grid[2] + grid[3] - grid[0] - grid[1]) / 2
        down /= np.hypot(*down) + 1e-6
        right = np.array([down[1], -down[0]])

        def strokes(ends: np.ndarray, colour: Colour, width: float) -> None:
            """`ends` is (n, 2, 2): steps to the right and down from the middle, in statures."""
            at = centre + ends[..., :1] * right * s + ends[..., 1:] * down * s
            fixed = ((at - corner) * 8).astype(np.int32)
            cv2.polylines(print_, list(fixed), False, colour, max(1, round(width * s)), cv2.LINE_AA, 3)

        steps = np.arange(-3, 4) * 0.062
        across = np.stack([np.stack([0 * steps - 0.2, steps], 1), np.stack([0 * steps + 0.2, steps], 1)], axis=1)
        ink = tint(look.second, 0.96)
        if look.pattern in ("stripes", "checks"):
            strokes(across, ink, 0.024)
        if look.pattern in ("bars", "checks"):
            strokes(across[..., ::-1], ink, 0.018)
        if look.pattern == "dots":
            dots = np.stack(np.meshgrid(steps, steps), axis=-1)
            dots[::2, :, 0] += 0.031
            strokes(np.repeat(dots.reshape(-1, 1, 2), 2, axis=1), ink, 0.022)
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
