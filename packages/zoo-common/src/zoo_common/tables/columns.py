"""The flat columns of a run: the names that scripts and notebooks rely on."""

from typing import Any, Dict, Tuple

from zoo_common.runs.facts import RunFacts
from zoo_common.tables.column import Column, documents_of

_SIZES = (("s", "small: below 32² pixels"), ("m", "medium: 32² to 96² pixels"), ("l", "large: above 96² pixels"))

_IDENTITY = (
    Column("model", str, "run", "manifest.model.name", "name of the model card"),
    Column("precision", str, "precision", "manifest.precision", "name of the precision"),
    Column("executed", bool, "precision", "manifest.network.executed", "true: that arithmetic ran; false: simulated"),
    Column("framework", str, "precision", "manifest.network.framework", "what ran the network, with its version"),
    Column("weight_bits", int, "precision", "manifest.network.weights.bits", "bits of a weight"),
    Column("weight_symmetric", bool, "precision", "manifest.network.weights.symmetric", "weights' grid is symmetric"),
    Column("weight_per_channel", bool, "precision", "derived.weight_per_channel", "a grid each output channel"),
    Column("activation_bits", int, "precision", "manifest.network.activations.bits", "bits of an activation"),
    Column("activation_symmetric", bool, "precision", "manifest.network.activations.symmetric", "theirs is symmetric"),
    Column("activation_per_channel", bool, "precision", "manifest.network.activations.per_channel", "a grid each"),
    Column("scheme", str, "precision", "manifest.network.scheme", "how the ranges were found, by AIMET's names"),
)
_PROTOCOL = (
    Column("task", str, "protocol", "manifest.protocol.task", "what is predicted and how it is decoded"),
    Column("boxes", str, "protocol", "manifest.protocol.boxes", "of people: ground-truth or detector"),
    Column("flip_test", bool, "protocol", "manifest.protocol.flip_test", "averaged with the mirrored image"),
    Column("input_height", int, "protocol", "manifest.protocol.input_size.0", "rows of the network's input, in pixels"),
    Column("input_width", int, "protocol", "manifest.protocol.input_size.1", "its columns"),
    Column("batch_size", int, "protocol", "manifest.batch_size", "samples a batch"),
)
_DATA = (
    Column("split", str, "data", "manifest.dataset.split", "evaluated split"),
    Column("synthetic", bool, "data", "manifest.dataset.synthetic", "drawn images: says nothing about photographs"),
    Column("fingerprint", str, "data", "manifest.dataset.fingerprint", "SHA-256 of image sizes and annotations"),
    Column("images_asked", int, "data", "manifest.dataset.images", "images of the split, or its first `--limit`"),
    Column("images", int, "data", "manifest.counts.images_evaluated", "images evaluated"),
    Column("images_failed", int, "data", "manifest.counts.images_failed", "images that could not be read, not scored"),
    Column("samples", int, "data", "manifest.counts.samples_evaluated", "people's boxes, or whole images, evaluated"),
    Column("samples_failed", int, "data", "manifest.counts.samples_failed", "samples of images that failed"),
    Column("calibration_split", str, "data", "manifest.calibration.split", "split the quantizer saw"),
    Column("calibration_images", int, "data", "manifest.calibration.images", "images it saw"),
    Column("calibration_samples", int, "data", "manifest.calibration.samples", "samples it saw"),
    Column(
        "calibration_overlap",
        int,
        "data",
        "manifest.calibration.evaluated_images_seen",
        "evaluated images among them: flatters",
    ),
)


def _statistic(name: str, meaning: str) -> Column:
    return Column(name, float, "accuracy", "score.stats." + name, meaning)


_ACCURACY = (
    Column("result_type", str, "accuracy", "score.type", "keypoints (OKS) or bbox (IoU)"),
    _statistic("AP", "mean over thresholds 0.50 to 0.95"),
    _statistic("AP50", "at threshold 0.50"),
    _statistic("AP75", "at threshold 0.75"),
    *(_statistic("AP" + size, meaning) for size, meaning in _SIZES),
    _statistic("AR", "of people: recall of at most 20 detections an image"),
    _statistic("AR50", "of people, at threshold 0.50"),
    _statistic("AR75", "of people, at threshold 0.75"),
    _statistic("AR1", "of objects: at most 1 detection an image"),
    _statistic("AR10", "of objects: at most 10"),
    _statistic("AR100", "of objects: at most 100"),
    *(_statistic("AR" + size, meaning) for size, meaning in _SIZES),
    Column("detections", int, "accuracy", "score.detections", "detections on the scored images"),
    Column("evaluator", str, "accuracy", "derived.evaluator", "scoring engine and version"),
    Column("status", str, "accuracy", "verdict.status", "PASSED or FAILED against the card's references"),
)
_FIDELITY = (
    Column("reference", str, "fidelity", "fidelity.reference", "precision whose outputs are compared with"),
    Column("sqnr_db", float, "fidelity", "fidelity.sqnr_db", "dB, of the outputs; higher is better"),
    Column("joint_shift_px", float, "fidelity", "fidelity.joint_shift_px.mean", "input pixels, mean of all joints"),
    Column("joint_shift_p95_px", float, "fidelity", "fidelity.joint_shift_px.p95", "input pixels, 95th percentile"),
)


def _measured(name: str, source: str, meaning: str) -> Column:
    return Column(name, float, "speed", "measurements." + source, meaning)


_SPEED = (
    *(
        _measured("latency_{}_ms".format(name), "latency_ms." + name, "ms of one call, {} of 100 are quicker".format(n))
        for name, n in (("p50", 50), ("p90", 90), ("p99", 99))
    ),
    Column("latency_batch_size", int, "speed", "measurements.latency.batch_size", "samples of such a call"),
    _measured("images_per_s", "images_per_s", "whole evaluation, images"),
    _measured("samples_per_s", "samples_per_s", "whole evaluation, samples"),
    _measured("forward_samples_per_s", "forward_only_samples_per_s", "the network alone, samples"),
    _measured("wall_s", "wall_s", "seconds of the whole evaluation"),
    _measured("cpu_s", "cpu_s", "CPU seconds of all threads"),
    _measured("peak_memory_mb", "peak_memory_mb", "MiB, peak of the process so far"),
)
_SIZE = (
    Column("file_bytes", int, "size", "manifest.network.file_bytes", "bytes of the network's file or packed integers"),
    Column("parameters", int, "size", "manifest.network.parameters", "number of parameters"),
    Column("multiply_adds", int, "size", "manifest.network.multiply_adds", "a sample; a milliard is papers' GFLOP"),
)
_MACHINE = (
    Column("cpu", str, "machine", "measurements.machine.cpu", "name of the CPU"),
    Column("cores", int, "machine", "measurements.machine.cores", "cores the process could use"),
    Column("workers", int, "machine", "measurements.workers", "threads that read and crop"),
    Column("python", str, "machine", "manifest.software.python", "version of Python"),
    Column("lock_sha256", str, "machine", "manifest.software.lock_sha256", "SHA-256 of the environment's lock file"),
)
_RUN = (
    Column("card_sha256", str, "run", "manifest.model.card_sha256", "SHA-256 of the model card"),
    Column("weights_sha256", str, "run", "derived.weights_sha256", "SHA-256 of the weights; several: with commas"),
    Column("identity", str, "run", "derived.identity", "SHA-256 of all that makes two runs one"),
    Column("complete", bool, "run", "manifest.complete", "every prediction is there"),
    Column("shard", str, "run", "derived.shard", "K/N of a part"),
    Column("run", str, "run", "derived.run", "run directory, as found"),
)

COLUMNS: Tuple[Column, ...] = _IDENTITY + _PROTOCOL + _DATA + _ACCURACY + _FIDELITY + _SPEED + _SIZE + _MACHINE + _RUN
"""All columns in the order they are written."""


def flat_row(facts: RunFacts) -> Dict[str, Any]:
    """Return every column's value of one run, in order; None where the run does not know it.

    Raises:
        ZooError: a document holds a value of another type.
    """
    documents = documents_of(facts)
    return {column.name: column.value(documents) for column in COLUMNS}
