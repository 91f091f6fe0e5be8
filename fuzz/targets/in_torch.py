"""What zoo-torch reads."""

import io
import pickle
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import onnx
import torch
from safetensors.torch import save

from fuzz.byte_changes import change_bytes
from fuzz.document_changes import NUMBERS
from fuzz.target import Target
from zoo_common.cards import load_card
from zoo_torch.execute.onnx_model import float_model
from zoo_torch.execute.ort import open_onnx
from zoo_torch.networks.checkpoint import load_hrnet, read_state
from zoo_torch.networks.config import read_config
from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.encodings import read_encodings, read_weight_encodings, write_encodings
from zoo_torch.quantize.trace import fold

SIZE = (64, 64)
PACKAGE = Path(__file__).resolve().parents[2] / "packages" / "zoo-torch" / "src" / "zoo_torch"


def tiny() -> HRNet:
    """Return an HRNet as small as they come."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return HRNet(HRNetConfig(width=2, num_joints=3, stem=4, modules=(1, 1, 1), blocks=1, bottlenecks=1)).eval()


class Weights(Target):
    """safetensors, state dicts and models of PyTorch in both its formats."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        network = tiny()
        state = network.state_dict()
        few = {name: state[name] for name in list(state)[:4]}
        contents = [save(state), save(few), *(_saved(value, zipped) for value in (few, network) for zipped in (1, 0))]
        contents.append(_saved({"state_dict": state, "epoch": 3}, True))
        self.files = {"weights": contents[0]}
        self.variants = {"weights": contents[1:]}

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change the file, or one entry of a zip file that stays whole."""
        if content[:4] == b"PK\x03\x04" and random.randrange(3):
            return change_entry(random, content)
        return change_bytes(random, content, self.variants[name])

    def read(self, folder: Path, random: Random) -> None:
        """Read the tensors, or make the network of them."""
        random.choice((read_state, load_hrnet))(folder / "weights")


def change_entry(random: Random, content: bytes) -> bytes:
    """Change one entry of a zip archive; its checksums are right again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(entries)
    pickles = [name for name in names if name.endswith("data.pkl")]
    name = random.choice(pickles * len(names) + names)
    entries[name] = change_bytes(random, entries[name])
    if random.randrange(10) == 0:
        del entries[random.choice(names)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for entry, data in entries.items():
            archive.writestr(entry, data)
    return stream.getvalue()


def _saved(value: Any, zipped: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, pickle_module=pickle, _use_new_zipfile_serialization=bool(zipped))
    return stream.getvalue()


class Encodings(Target):
    """AIMET's encodings of tensors, of modules, and of weights alone."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self._graph = fold(tiny(), (3, *SIZE))
        made = calibrate(self._graph, [torch.randn(2, 3, *SIZE).numpy()])
        paths = [Path(path) for path in write_encodings(scratch / "tiny", self._graph, made)]
        self.files = {"tensors.encodings": paths[0].read_bytes(), "modules.encodings": paths[1].read_bytes()}

    def read(self, folder: Path, random: Random) -> None:
        """Read as a whole quantization, or as weights."""
        for name in self.files:
            reader = random.choice((read_encodings, read_weight_encodings))
            reader(folder / name, self._graph)


class Config(Target):
    """Configuration files of the official HRNet repository, and cards through this package."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        tree = (
            "DATASET: {COLOR_RGB: true, DATASET: coco, ROOT: data/coco, TEST_SET: val2017}\n"
            "MODEL:\n  NAME: pose_hrnet\n  NUM_JOINTS: 17\n  IMAGE_SIZE: [192, 256]\n  HEATMAP_SIZE: [48, 64]\n"
            "  EXTRA:\n    FINAL_CONV_KERNEL: 1\n    STAGE2: {NUM_MODULES: 1, NUM_BRANCHES: 2, BLOCK: BASIC,"
            " NUM_BLOCKS: [4, 4], NUM_CHANNELS: [32, 64], FUSE_METHOD: SUM}\n"
            "TEST: {BATCH_SIZE_PER_GPU: 32, COCO_BBOX_FILE: boxes.json, FLIP_TEST: true, MODEL_FILE: '',"
            " IMAGE_THRE: 0.0, USE_GT_BBOX: true, SHIFT_HEATMAP: true, POST_PROCESS: true, IN_VIS_THRE: 0.2,"
            " OKS_THRE: 0.9}\n"
        )
        self.files = {"hrnet.yaml": tree.encode(), "card.yaml": (PACKAGE / "cards" / "hrnet_demo.yaml").read_bytes()}

    def read(self, folder: Path, random: Random) -> None:
        """Read both."""
        read_config(folder / "hrnet.yaml")
        load_card(folder / "card.yaml", root=PACKAGE)


class Onnx(Target):
    """Somebody's pose network."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self._model = float_model(fold(tiny(), (3, *SIZE)))
        self.files = {"network.onnx": self._model.SerializeToString()}

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change bytes, or fields of the graph."""
        if random.randrange(2):
            return change_bytes(random, content)
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        for _ in range(random.choice((1, 1, 2))):
            random.choice((_node, _constant, _value))(random, model.graph)
        return model.SerializeToString()

    def read(self, folder: Path, random: Random) -> None:
        """Open it, which runs it once."""
        open_onnx(folder / "network.onnx", SIZE, threads=1)


def _node(random: Random, graph: Any) -> None:
    node = random.choice(graph.node)
    what = random.randrange(5)
    if what == 0:
        graph.node.remove(node)
    elif what == 1:
        node.op_type = random.choice(("Conv", "Loop", "If", "ConvTranspose", "Nonsense", "", "Reshape"))
    elif what == 2:
        node.input[random.randrange(len(node.input))] = random.choice((node.output[0], "", "input", "nowhere"))
    elif what == 3 and node.attribute:
        attribute = random.choice(node.attribute)
        if attribute.ints:
            attribute.ints[random.randrange(len(attribute.ints))] = random.choice((-1, 0, 7, 2**31, -(2**63)))
        else:
            attribute.i = random.choice((-1, 0, 7, 2**40))
    else:
        graph.node.insert(0, node)


def _constant(random: Random, graph: Any) -> None:
    tensor = random.choice(graph.initializer)
    what = random.randrange(4)
    if what == 0 and tensor.dims:
        tensor.dims[random.randrange(len(tensor.dims))] = random.choice((-1, 0, 1, 2**31, 2**62))
    elif what == 1:
        tensor.raw_data = tensor.raw_data[: random.choice((0, 1, 16))]
    elif what == 2:
        tensor.data_type = random.randrange(30)
    else:
        tensor.data_location = 1
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", random.choice(("../../secret", "/etc/passwd", "x", "/dev/zero"))


def _value(random: Random, graph: Any) -> None:
    value = random.choice((*graph.input, *graph.output))
    dims = value.type.tensor_type.shape.dim
    if random.randrange(3) and dims:
        number = random.choice([number for number in NUMBERS if isinstance(number, int) and abs(number) < 2**63])
        random.choice(dims).dim_value = number
    else:
        value.type.tensor_type.elem_type = random.randrange(20)
