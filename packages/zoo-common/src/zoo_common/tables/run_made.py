"""How a run was made: identity, network, protocol, data, calibration."""

from typing import Any, Dict, Optional

from zoo_common.runs.facts import RunFacts
from zoo_common.tables.sections import BAD, CAUTION, Line, Row, Section, flattened, joined, line, plain, section, short

SHOWN = ("framework", "executed", "file_bytes", "parameters", "multiply_adds")
"""Fields of the network that the page names elsewhere."""


def identity(facts: RunFacts, row: Row) -> Section:
    """Return model, weights and environment, by hash."""
    manifest = facts.manifest
    packages = ", ".join("{} {}".format(*item) for item in sorted(manifest.software.packages.items()))
    weights = [
        line("weights", "{}  {}".format(weights.file, short(weights.sha256))) for weights in manifest.model.weights
    ]
    arithmetic = {
        True: Line("arithmetic", "executed: the numbers were really computed at this precision"),
        False: Line("arithmetic", "simulated: floats rounded to the precision's grid", CAUTION),
    }
    return section(
        "Identity",
        line("model", facts.model),
        line("card", short(manifest.model.card_sha256)),
        *weights,
        line(
            "precision",
            joined(
                facts.precision, _bits("weights", manifest.network), _bits("activations", manifest.network), by="; "
            ),
        ),
        arithmetic.get(facts.executed),  # type: ignore[arg-type]
        line("framework", facts.framework),
        line("python", manifest.software.python),
        line("packages", packages),
        line("lock", short(manifest.software.lock_sha256)),
        line("batch size", str(manifest.batch_size)),
        line("identity", short(row["identity"])),
        _state(facts),
    )


def network(facts: RunFacts) -> Section:
    """Return whatever else the network says of itself."""
    rest: Dict[str, Any] = {key: value for key, value in facts.manifest.network.items() if key not in SHOWN}
    return section("Network", *(Line(path, plain(value)) for path, value in flattened(rest)))


def protocol(facts: RunFacts) -> Section:
    """Return everything that changes the numbers."""
    return section("Protocol", *(Line(path, plain(value)) for path, value in flattened(facts.manifest.protocol)))


def data(facts: RunFacts) -> Section:
    """Return the images: which, how many, and whether they were drawn."""
    dataset, counts = facts.manifest.dataset, facts.manifest.counts
    images = "{} asked".format(dataset.images)
    if counts is not None and counts.images is not None:
        images += ", {} evaluated, {} failed".format(counts.images_evaluated, counts.images_failed)
    samples = None
    if counts is not None:
        samples = "{} asked, {} evaluated, {} failed".format(
            counts.samples, counts.samples_evaluated, counts.samples_failed
        )
    failed = facts.manifest.failed
    return section(
        "Data",
        line("split", dataset.split),
        line("photographs", "no: SYNTHETIC, drawn pictures; the numbers say nothing about photographs", CAUTION)
        if dataset.synthetic
        else None,
        line("annotations", dataset.annotation_file),
        line("fingerprint", short(dataset.fingerprint)),
        line("limit", "the first {} images".format(dataset.limit) if dataset.limit else None),
        line("images", images, BAD if failed else ""),
        line("samples", samples),
        *(line("failed", "image {}: {}".format(image.image_id, image.reason), BAD) for image in failed[:5]),
        line("", "and {} more".format(len(failed) - 5), BAD) if len(failed) > 5 else None,
    )


def calibration(facts: RunFacts) -> Section:
    """Return the images that the quantizer saw, and whether any of them was evaluated too."""
    seen = facts.manifest.calibration
    if seen is None:
        return section("Calibration")
    overlap = line("overlap", "none: no evaluated image among them")
    if seen.evaluated_images_seen:
        overlap = line(
            "overlap", "{} EVALUATED IMAGES among them: the result is flattered".format(seen.evaluated_images_seen), BAD
        )
    return section(
        "Calibration",
        line("split", seen.split),
        line("images", "{} ({} samples)".format(seen.images, seen.samples)),
        overlap,
        line("image ids", short(seen.image_ids_sha256)),
    )


def _state(facts: RunFacts) -> Optional[Line]:
    shard = facts.manifest.shard
    part = "shard {}/{}".format(shard.index, shard.count) if shard is not None else None
    if facts.manifest.complete:
        return line("state", joined("complete", part))
    return line("state", joined("INCOMPLETE: its own command goes on from where it stopped", part), BAD)


def _bits(part: str, network: Dict[str, Any]) -> Optional[str]:
    found = network.get(part)
    if not isinstance(found, dict) or "bits" not in found:
        return None
    words = ["{} {} bits".format(part, found["bits"])]
    for key, yes, no in (("symmetric", "symmetric", "asymmetric"), ("per_channel", "per channel", "per tensor")):
        if isinstance(found.get(key), bool):
            words.append(yes if found[key] else no)
    return " ".join(words)
