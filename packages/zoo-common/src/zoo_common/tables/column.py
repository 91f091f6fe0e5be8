"""One typed column of the flat table of runs, and where in a run's documents its value stands."""

import math
from typing import Any, Dict, Mapping, NamedTuple

from zoo_common.errors import ZooError
from zoo_common.files import canonical_json, sha256_text
from zoo_common.runs.facts import RunFacts

TYPE_NAMES = {str: "string", bool: "bool", int: "int64", float: "float64"}


class Column(NamedTuple):
    """A column.

    Attributes:
        name: stable: what scripts rely on.
        type: ``str``, ``bool``, ``int`` or ``float``.
        group: what it tells of: ``run``, ``precision``, ``protocol``, ``data``, ``accuracy``, ``fidelity``, ``speed``,
            ``size`` or ``machine``.
        source: dotted path from a document's name on, as in ``score.stats.AP``.
        meaning: in a few words, with the unit.
    """

    name: str
    type: type
    group: str
    source: str
    meaning: str

    def value(self, documents: Mapping[str, Any]) -> Any:
        """Return the value in a run's documents; None where it is absent.

        Raises:
            ZooError: what stands there is of another type, or not finite; names document, field and value.
        """
        found = _at(documents, self.source)
        if found is None:
            return None
        if self.type is float and type(found) is int:
            return float(found)
        if type(found) is not self.type or (self.type is float and not math.isfinite(found)):
            document, _, field = self.source.partition(".")
            raise ZooError(
                "{}/{}.json: {}: not a value of type {} (got {!r})".format(
                    documents["derived"]["run"], document, field, TYPE_NAMES[self.type], found
                )
            )
        return found


def documents_of(facts: RunFacts) -> Dict[str, Any]:
    """Return the documents of a run by name, and as ``derived`` what is put together from them."""
    manifest = facts.manifest.to_json()
    return {
        "manifest": manifest,
        "score": facts.score,
        "measurements": facts.measurements,
        "fidelity": facts.fidelity,
        "verdict": facts.verdict,
        "derived": {
            "run": str(facts.path),
            "identity": identity_of(facts),
            "shard": _joined("/", _at(manifest, "shard.index"), _at(manifest, "shard.count")),
            "weights_sha256": ",".join(weights.sha256 for weights in facts.manifest.model.weights) or None,
            "weight_per_channel": _per_channel(_at(manifest, "network.weights")),
            "evaluator": _joined(" ", _at(facts.score, "evaluator.engine"), _at(facts.score, "evaluator.version")),
        },
    }


def identity_of(facts: RunFacts) -> str:
    """Return the SHA-256 of the run's identity: equal where two runs must hold the same bytes."""
    return sha256_text(canonical_json(facts.manifest.identity()))


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, (list, tuple)) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def _joined(separator: str, *parts: Any) -> Any:
    return None if None in parts else separator.join(str(part) for part in parts)


def _per_channel(weights: Any) -> Any:
    if not isinstance(weights, Mapping):
        return None
    if "granularity" in weights:
        return weights["granularity"] == "per output channel"
    return weights.get("per_channel")
