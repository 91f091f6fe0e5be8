"""The weights of a card as files on this disk, checked."""

from pathlib import Path

from zoo_common.artifacts import fetch, fetch_extracted
from zoo_common.cards.card import BaseCard
from zoo_common.cards.parts import Weights
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import sha256_file


def resolve_weights(card: BaseCard, role: str, *, progress: bool = True) -> Path:
    """Return the file of the card's weights with this role: shipped with the package, or fetched into the cache.

    Raises:
        ZooError: the card has no such role; the file is absent or another than the card says; as `artifacts.fetch`.
    """
    roles = {item.role: item for item in card.weights}
    if role not in roles:
        where = card.path or card.name
        raise ZooError("{}: weights: no role '{}'{}".format(where, role, did_you_mean(role, roles)))
    weights = roles[role]
    if weights.url is None:
        return _shipped(card, weights)
    if weights.extract is None:
        return fetch(weights.artifact, progress=progress)
    path = fetch_extracted(weights.artifact, progress=progress) / weights.extract
    if not path.is_file():
        raise ZooError("{}: the archive holds no file '{}'".format(weights.url, weights.extract))
    return path


def _shipped(card: BaseCard, weights: Weights) -> Path:
    path = (card.root or Path()) / str(weights.file)
    if not path.is_file():
        raise ZooError("{}: weights '{}': no file {}".format(card.path or card.name, weights.role, path))
    size = path.stat().st_size
    if weights.size is not None and size != weights.size:
        raise ZooError("{}: expected {} bytes, found {}".format(path, weights.size, size))
    if weights.sha256 is not None:
        found = sha256_file(path)
        if found != weights.sha256:
            raise ZooError("{}: expected sha256 {}, found {}".format(path, weights.sha256, found))
    return path
