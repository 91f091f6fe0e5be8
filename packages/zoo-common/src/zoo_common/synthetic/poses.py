"""What people do: random poses, each recognisable."""

from typing import Callable, Dict, Tuple

import numpy as np

from zoo_common.synthetic.dice import between
from zoo_common.synthetic.skeleton import Arm, Leg, Pose

Rng = np.random.Generator


def random_yaw(rng: Rng) -> float:
    """Mostly towards the viewer, a third sideways, a fifth from behind. Degrees."""
    kind = rng.random()
    sign = 1.0 if rng.random() < 0.5 else -1.0
    if kind < 0.52:
        return sign * between(rng, 0, 45)
    if kind < 0.80:
        return sign * between(rng, 45, 100)
    return sign * between(rng, 140, 180)


def _hang(rng: Rng) -> Arm:
    swing = between(rng, -12, 14)
    spread = between(rng, 10, 24)
    return Arm(swing, spread, swing + between(rng, 5, 30), spread - between(rng, 0, 10))


def _akimbo(rng: Rng) -> Arm:
    return Arm(between(rng, -20, -8), between(rng, 36, 50), between(rng, 5, 20), between(rng, -58, -42))


def _raise(rng: Rng) -> Arm:
    spread = between(rng, 120, 155)
    return Arm(between(rng, -5, 15), spread, between(rng, -5, 15), spread + between(rng, -10, 35))


def _wave(rng: Rng) -> Arm:
    return Arm(between(rng, 0, 20), between(rng, 70, 110), between(rng, -5, 15), between(rng, 145, 190))


def _out(rng: Rng) -> Arm:
    spread = between(rng, 70, 105)
    return Arm(between(rng, -5, 20), spread, between(rng, -5, 20), spread + between(rng, -25, 25))


def _hold(rng: Rng) -> Arm:
    return Arm(between(rng, 8, 25), between(rng, 14, 24), between(rng, 80, 105), between(rng, -22, -8))


def _stand_legs(rng: Rng) -> Tuple[Leg, Leg]:
    wide = between(rng, 2, 12)
    return tuple(Leg(between(rng, -5, 8), wide + between(rng, 0, 3), between(rng, 0, 9)) for _ in range(2))  # type: ignore[return-value]


def _either(rng: Rng, one: Callable[[Rng], Arm], other: Callable[[Rng], Arm]) -> Tuple[Arm, Arm]:
    return (one(rng), other(rng)) if rng.random() < 0.5 else (other(rng), one(rng))


def _pose(
    name: str, rng: Rng, arms: Tuple[Arm, Arm], legs: Tuple[Leg, Leg], lean: float = 0.0, lift: float = 0.0
) -> Pose:
    return Pose(
        name,
        arms,
        legs,
        yaw=random_yaw(rng),
        lean=lean + between(rng, -3, 4),
        sway=between(rng, -7, 7),
        head_yaw=between(rng, -25, 25),
        head_roll=between(rng, -10, 10),
        lift=lift,
    )


def stand(rng: Rng) -> Pose:
    """Upright, arms hanging or hands on the hips."""
    arms = ((_hang, _hang), (_akimbo, _akimbo), (_hang, _akimbo))[rng.integers(3)]
    return _pose("stand", rng, _either(rng, *arms), _stand_legs(rng))


def wave(rng: Rng) -> Pose:
    """One hand raised in greeting."""
    return _pose("wave", rng, _either(rng, _wave, _hang if rng.random() < 0.6 else _akimbo), _stand_legs(rng))


def hold(rng: Rng) -> Pose:
    """Both forearms forward, as with a book in the hands."""
    return _pose("hold", rng, (_hold(rng), _hold(rng)), _stand_legs(rng))._replace(yaw=between(rng, -45, 45))


def cheer(rng: Rng) -> Pose:
    """Both arms up."""
    return _pose("cheer", rng, (_raise(rng), _raise(rng)), _stand_legs(rng))


def stride(rng: Rng) -> Pose:
    """Walking: opposite arms and legs forward."""
    step, arm = between(rng, 14, 28), between(rng, 12, 32)
    ahead = Leg(step, 3, between(rng, 0, 15)), Leg(-step * 0.8, 3, between(rng, 10, 45))
    arms = tuple(Arm(a, 10, a + between(rng, 12, 38), 6) for a in (-arm, arm))
    k = 1 if rng.random() < 0.5 else -1
    return _pose("walk", rng, arms[::k], ahead[::k], lean=4)  # type: ignore[arg-type]


def run(rng: Rng) -> Pose:
    """Running, elbows bent, one foot off the ground."""
    ahead = Leg(between(rng, 45, 65), 4, between(rng, 55, 90)), Leg(between(rng, -35, -18), 4, between(rng, 35, 80))
    arms = tuple(Arm(a, 14, a + between(rng, 65, 95), 2) for a in (between(rng, -55, -35), between(rng, 25, 45)))
    k = 1 if rng.random() < 0.5 else -1
    return _pose("run", rng, arms[::k], ahead[::k], lean=12, lift=between(rng, 0, 0.06))  # type: ignore[arg-type]


def jump(rng: Rng) -> Pose:
    """In the air, arms up or out."""
    legs = tuple(Leg(between(rng, 0, 45), between(rng, 14, 32), between(rng, 15, 90)) for _ in range(2))
    arms = (_raise, _out)[rng.integers(2)]
    return _pose("jump", rng, (arms(rng), arms(rng)), legs, lift=between(rng, 0.08, 0.25))  # type: ignore[arg-type]


def kick(rng: Rng) -> Pose:
    """One leg swung forward, arms out for balance."""
    legs = (
        Leg(between(rng, 35, 70), between(rng, 4, 16), between(rng, 5, 35)),
        Leg(between(rng, -8, 4), 3, between(rng, 5, 20)),
    )
    k = 1 if rng.random() < 0.5 else -1
    return _pose("kick", rng, (_out(rng), _out(rng)), legs[::k], lean=-6)  # type: ignore[arg-type]


def dance(rng: Rng) -> Pose:
    """Anything goes."""
    moves = (_hang, _akimbo, _raise, _wave, _out)
    arms = tuple(moves[rng.integers(len(moves))](rng) for _ in range(2))
    legs = tuple(Leg(between(rng, -10, 40), between(rng, 4, 24), between(rng, 5, 60)) for _ in range(2))
    return _pose("dance", rng, arms, legs)  # type: ignore[arg-type]


def sit(rng: Rng) -> Pose:
    """On a seat, hands on the knees, in the lap, or one waving."""
    thigh = between(rng, 76, 92)
    legs = tuple(Leg(thigh, between(rng, 5, 14), thigh + between(rng, -14, 8)) for _ in range(2))

    def rest(rng: Rng) -> Arm:
        swing = between(rng, 10, 28)
        return Arm(swing, between(rng, 10, 20), swing + between(rng, 28, 55), between(rng, -8, 8))

    arms = ((rest, rest), (rest, _wave), (_hold, _hold))[rng.integers(3)]
    return _pose("sit", rng, _either(rng, *arms), legs)  # type: ignore[arg-type]


POSES: Dict[str, Tuple[Callable[[Rng], Pose], float]] = {
    "stand": (stand, 0.2),
    "wave": (wave, 0.14),
    "hold": (hold, 0.07),
    "cheer": (cheer, 0.09),
    "walk": (stride, 0.14),
    "run": (run, 0.09),
    "jump": (jump, 0.08),
    "kick": (kick, 0.05),
    "dance": (dance, 0.07),
    "sit": (sit, 0.07),
}


def random_pose(rng: Rng) -> Pose:
    """Draw a pose by the shares above; sitting ones need a seat drawn behind them."""
    share = np.cumsum([weight for _, weight in POSES.values()])
    pick = int(np.searchsorted(share, rng.random() * share[-1], side="right"))
    return list(POSES.values())[pick][0](rng)
