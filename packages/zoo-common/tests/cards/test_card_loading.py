import hashlib

import pytest

from zoo_common.cards import card_schema, load_card
from zoo_common.cards.plain_yaml import read_yaml
from zoo_common.errors import ZooError
from zoo_common.tasks import task_from_protocol


@pytest.fixture
def load(tmp_path):
    def write_and_load(text):
        path = tmp_path / "card.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_card(path)

    return write_and_load


def test_a_card_is_read(load, text):
    card = load(text)
    assert (card.name, card.framework, card.network.builder) == ("pose_small", "mxnet", "simple_pose")
    assert card.network.options == {"base": "resnet18", "epsilon": 1e-5, "joints": 17}
    assert card.input.mean == (0.485, 0.456, 0.406)
    assert card.precisions["int8"].calibration.samples == 64
    assert card.precisions["fp32"].per_channel is None
    assert card.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_protocol_builds_the_task(load, text):
    tasks = pytest.importorskip("zoo_common.tasks")
    protocol = load(text).protocol()
    task = tasks.task_from_protocol(protocol)
    assert task.input_shape == (3, 128, 96)
    assert {name: task.protocol()[name] for name in ("crop", "flip_test", "decode")} == {
        "crop": "gluoncv",
        "flip_test": False,
        "decode": "quarter",
    }
    with pytest.raises(ZooError, match="scale"):
        tasks.task_from_protocol(load(text.replace("color: rgb", "color: rgb\n  scale: 1")).protocol())


DETECTION = """\
task: box-detection
task_options:
  num_classes: 2
  category_ids: [1, 18]
  anchors: {layers: 2, scales: [0.2, 0.6]}
"""


def test_a_detector_names_its_anchors_and_categories(load, text):
    begin, end = text.index("task:"), text.index("framework:")
    plain = text[:begin] + DETECTION + text[end:]
    for scale, card in ((255, plain), (127.5, plain.replace("color: rgb", "color: rgb\n  scale: 127.5"))):
        task = task_from_protocol(load(card).protocol())
        assert task.input_shape == (3, 128, 96) and task.category_ids == (1, 18)
        assert len(task.anchors) == 8 * 6 * 3 + 4 * 3 * 6
        assert task.options.scale == scale
    with pytest.raises(ZooError, match=r"anchors\.scales\.1: .*greater than 0 \(got 0\)"):
        task_from_protocol(load(plain.replace("0.6]", "0]")).protocol())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema: 1", "schema: 2", r"schema: Input should be 1 \(got 2\)"),
        ("task: topdown-heatmap", "task: topdown-heatmaps", "task: unknown task .*did you mean 'topdown-heatmap'"),
        ("task: topdown-heatmap", "", "task: unknown task .got None.; missing"),
        ("crop: gluoncv", "crop: gluon", r"task_options\.crop: .*\(got 'gluon'\)"),
        ("flip_test: false\n  decode", "flip_test: off\n  decode", r"task_options\.flip_test: .*boolean .got 'off'"),
        ("height: 128", "height: true", r"input\.height: .*integer \(got True\)"),
        ("height: 128", "height: 0", r"input\.height: .*greater than 0 \(got 0\)"),
        ("0.456, 0.406]", "0.456]", r"input\.mean\.2: Field required"),
        ("0.229,", "0,", r"input\.std\.0: .*greater than 0"),
        ("color: rgb", "color: rgb\n  scale: 0.0039", r"input\.scale: .*greater than or equal to 1"),
        ("size: 16", "size: many", r"weights\.0\.size: .*\(got 'many'\)"),
        ("file: weights/", "file: ../weights/", r"weights\.0\.file: .*without '\.\.'"),
        ("file: weights/small.params", "url: ftp://x.org/y", r"weights\.0\.url: .*http"),
        (
            "file: weights/small.params",
            "url: http://x.org/y\n    file: y",
            r"weights\.0: .*exactly one of url and file",
        ),
        ("file: weights/small.params", "licence: X", "twice"),
        ("execution: executed\n", "execution: real\n", r"precisions\.int8\.execution: .*\(got 'real'\)"),
        ("    symmetric: true\n", "", r"precisions\.int8: .*8-bit weights must say per_channel and symmetric"),
        ("value: 0.5", "value: .nan", r"reference\.0\.value: .*number"),
        ("value: 0.5", "value: 1e400", r"reference\.0\.value: .*finite"),
        ("precision: fp32}\n    source: measured\n  -", "precision: fp23}\n    source: x\n  -", "did you mean 'fp32'"),
        ("notes:", "note:", "note: Extra inputs .*did you mean 'notes'"),
        ("name: pose_small", "name: ../x", r"name: .*\(got '\.\./x'\)"),
        ("framework: mxnet", "framework: My Net", r"framework: .*\(got 'My Net'\)"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(load, text, old, new, message):
    assert old in text
    with pytest.raises(ZooError, match=r"card\.yaml.*" + message):
        load(text.replace(old, new, 1))


def test_two_weights_of_one_role_are_refused(load, text):
    twice = text.replace("precisions:", "  - {role: params, file: other}\nprecisions:")
    with pytest.raises(ZooError, match=r"weights: .*'params' is given twice"):
        load(twice)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [1, 2\n", "line 3, column 1"),
        ("a: 1\na: 2\n", "line 2, column 1: the key 'a' is given twice"),
        ("x:\n  - {b: 1, b: 2}\n", "line 2, column 12: the key 'b'"),
        ("a: &x [1]\nb: *x\n", "line 1, column 4: anchors and aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "line 1, column 4: tags"),
        ("a: !!bool maybe\n", "tags"),
        ("1: a\n", "line 1, column 1: a key must be a text"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1"),
        ("\ta: 1\n", "line 1, column 1"),
        (b"a: \xff\n", "not UTF-8 text .byte 3."),
        (b"a: \x00\n", "broken YAML"),
        ("[" * 60, "line 1, column 31: nested too deeply"),
        ("", "mapping of fields"),
        ("- 1", "mapping of fields"),
    ],
)
def test_broken_yaml_is_placed(load, text, message):
    with pytest.raises(ZooError, match=r"card\.yaml.*(" + message + ")"):
        load(text)


def test_an_absent_card_is_named(tmp_path):
    with pytest.raises(ZooError, match=r"cannot read .*absent\.yaml"):
        load_card(tmp_path / "absent.yaml")


def test_plain_values_mean_what_they_look_like(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(
        "[1e-3, 1.5, -2, 0, 010, true, off, no, null, ~, 1:30, 2017-01-01, .inf, 1_000, 0x10, +.5e3, int8, '1', ]"
    )
    assert read_yaml(path) == [
        *(
            0.001,
            1.5,
            -2,
            0,
            "010",
            True,
            "off",
            "no",
            None,
            None,
            "1:30",
            "2017-01-01",
            ".inf",
            "1_000",
            "0x10",
            500.0,
        ),
        *("int8", "1"),
    ]
    path.write_text("a:\nb: ''\n")
    assert read_yaml(path) == {"a": None, "b": ""}


def test_the_published_schema_agrees_with_the_loader(load, text, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    load(text)
    value = read_yaml(tmp_path / "card.yaml")
    validator = jsonschema.Draft202012Validator(card_schema())
    validator.check_schema(card_schema())
    assert list(validator.iter_errors(value)) == []
    assert list(validator.iter_errors(dict(value, colour="red")))
    assert list(validator.iter_errors(dict(value, task="box-detection", task_options={"score": 1}))) == []


def test_the_published_schema_has_every_field():
    schema = card_schema()
    card = schema["$defs"]["TopDownHeatmapCard"]
    assert set(card["properties"]) >= {"schema", "name", "task", "task_options", "weights", "precisions", "reference"}
    assert card["additionalProperties"] is False
    assert schema["discriminator"]["propertyName"] == "task"
