"""What a run directory says, in one object: for tables, the report and loggers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Type

from zoo_common.errors import ZooError
from zoo_common.files import read_json
from zoo_common.runs.directory import FIDELITY, MANIFEST, MEASUREMENTS, SCORE, SENSITIVITY, VERDICT, load_manifest
from zoo_common.runs.manifest import Manifest
from zoo_common.runs.measurements_file import MeasurementsFile
from zoo_common.runs.score_file import ScoreFile
from zoo_common.runs.sensitivity_file import SensitivityFile
from zoo_common.runs.verdict_file import VerdictFile
from zoo_common.schema import Document, parse

DOCUMENTS: Dict[str, Optional[Type[Document]]] = {
    SCORE: ScoreFile,
    MEASUREMENTS: MeasurementsFile,
    FIDELITY: None,
    VERDICT: VerdictFile,
    SENSITIVITY: SensitivityFile,
}
"""What a run may hold beside its manifest, and the schema each keeps to."""


@dataclass(frozen=True)
class RunFacts:
    """The documents of one run directory. Whatever the run does not hold is empty.

    Attributes:
        path: the run directory.
        manifest: what was run.
        score: content of ``score.json``.
        measurements: content of ``measurements.json``.
        fidelity: content of ``fidelity.json``.
        verdict: content of ``verdict.json``.
        sensitivity: content of ``sensitivity.json``.
    """

    path: Path
    manifest: Manifest
    score: Mapping[str, Any] = field(default_factory=dict)
    measurements: Mapping[str, Any] = field(default_factory=dict)
    fidelity: Mapping[str, Any] = field(default_factory=dict)
    verdict: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Name of the model's card."""
        return self.manifest.model.name

    @property
    def precision(self) -> str:
        """Name of the precision."""
        return self.manifest.precision

    @property
    def framework(self) -> Optional[str]:
        """Framework and version that ran the network."""
        return self.manifest.network.get("framework")

    @property
    def executed(self) -> Optional[bool]:
        """True where the precision's arithmetic was really computed with, False where floats were rounded to its grid."""
        return self.manifest.network.get("executed")

    @property
    def stats(self) -> Dict[str, float]:
        """COCO's statistics by name; those that are undefined are absent."""
        return dict(self.score.get("stats", {}))

    @property
    def recall_name(self) -> str:
        """Name of the headline recall: ``AR`` of people, ``AR100`` of boxes."""
        return "AR100" if self.score.get("type") == "bbox" else "AR"

    @property
    def file_bytes(self) -> Optional[int]:
        """Size of the network's file, or of its packed integers, in bytes."""
        return self.manifest.network.get("file_bytes")

    @property
    def parameters(self) -> Optional[int]:
        """Number of parameters."""
        return self.manifest.network.get("parameters")

    @property
    def multiply_adds(self) -> Optional[int]:
        """Multiplications with addition of one sample; papers call a milliard of them a GFLOP."""
        return self.manifest.network.get("multiply_adds")

    @property
    def latency_ms(self) -> Dict[str, float]:
        """``p50``, ``p90``, ``p99`` of one sample at a time, in milliseconds; empty where not measured."""
        found = self.measurements.get("latency_ms", {})
        return {name: found[name] for name in ("p50", "p90", "p99") if name in found}

    @property
    def samples_per_s(self) -> Optional[float]:
        """Samples a second of the whole evaluation."""
        return self.measurements.get("samples_per_s")

    @property
    def images_per_s(self) -> Optional[float]:
        """Images a second of the whole evaluation."""
        return self.measurements.get("images_per_s")

    @property
    def status(self) -> Optional[str]:
        """``PASSED`` or ``FAILED`` against the card's references; None where no reference applies."""
        return self.verdict.get("status")

    @property
    def data(self) -> str:
        """The evaluated split, marked where its images were drawn."""
        dataset = self.manifest.dataset
        return dataset.split + (" (synthetic)" if dataset.synthetic else "")


def load_facts(path: Path) -> RunFacts:
    """Read the documents of one run directory.

    Raises:
        ZooError: it is none, or a document does not keep to its schema; names file, field and value.
    """
    documents = {}
    for name, schema in DOCUMENTS.items():
        file = Path(path) / name
        found = read_json(file) if file.exists() else {}
        if not isinstance(found, dict):
            raise ZooError("{}: not a JSON object".format(file))
        if schema is not None and file.exists():
            parse(schema, found, str(file))
        documents[name.rsplit(".", 1)[0]] = found
    return RunFacts(path=Path(path), manifest=load_manifest(path), **documents)


def find_facts(folders: Iterable[Path]) -> List[RunFacts]:
    """Return the facts of every run directory at or below ``folders``, in path order, each once.

    Raises:
        ZooError: a folder does not exist, or a run's files are damaged.
    """
    found: List[Path] = []
    for folder in folders:
        if not Path(folder).is_dir():
            raise ZooError("{}: no such folder".format(folder))
        found += [path.parent for path in sorted(Path(folder).rglob(MANIFEST))]
    return [load_facts(path) for path in dict.fromkeys(found)]
