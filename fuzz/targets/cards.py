"""Model cards."""

from pathlib import Path
from random import Random

from fuzz.target import Target
from zoo_common.cards import load_card, resolve_weights

NAME = "package/cards/model.yaml"


class Cards(Target):
    """One card: each that is published."""

    guided = NAME

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        packages = Path(__file__).resolve().parents[2] / "packages"
        cards = [path.read_bytes() for path in sorted(packages.glob("*/src/*/cards/*.yaml"))]
        self.files = {NAME: cards[0], "package/weights/model.bin": b"weights", "secret": b"secret"}
        self.variants = {NAME: cards[1:]}
        self.changed = [NAME]

    def read(self, folder: Path, random: Random) -> None:
        """Load it, and look for the weights it ships."""
        card = load_card(folder / NAME, root=folder / "package")
        for weights in card.weights:
            if weights.url is None:
                path = resolve_weights(card, weights.role)
                assert (folder / "package").resolve() in path.resolve().parents, "weights outside the package"
