import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from zoo_common.cards import Registry, resolve_weights
from zoo_common.errors import ZooError


def test_names_cost_no_reading(package):
    (package / "cards" / "broken.yaml").write_text("{")
    (package / "cards" / "README.md").write_text("not a card")
    registry = Registry(package)
    assert registry.names() == ["broken", "pose_small"]
    assert registry.get("pose_small") is registry.get("pose_small")
    with pytest.raises(ZooError, match=r"broken\.yaml: broken YAML"):
        registry.get("broken")


def test_a_misspelt_model_gets_a_suggestion(package):
    with pytest.raises(ZooError, match="unknown model 'pose_smal'; did you mean 'pose_small'"):
        Registry(package).get("pose_smal")


def test_the_name_within_is_that_of_the_file(package, text):
    (package / "cards" / "other.yaml").write_text(text)
    with pytest.raises(ZooError, match=r"other\.yaml: name: must be .*'other' \(got 'pose_small'\)"):
        Registry(package).get("other")


def test_a_package_is_found_without_importing_it(package, monkeypatch):
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(package.parent))
    assert Registry(package.name.replace("-", "_")).names() == ["pose_small"]
    assert package.name not in sys.modules


@pytest.mark.parametrize("where", ["no_such_package", "no.such.package", "/no/such/folder", "sys"])
def test_neither_folder_nor_package(where):
    with pytest.raises(ZooError, match="no folder or installed package"):
        Registry(where)


def test_a_folder_of_cards_alone(package):
    (package / "cards" / "pose_small.yaml").rename(package / "pose_small.yaml")
    (package / "cards").rmdir()
    card = Registry(package).get("pose_small")
    assert resolve_weights(card, "params").read_bytes() == b"sixteen bytes..."


def test_shipped_weights_are_checked(package):
    card = Registry(package).get("pose_small")
    path = package / "weights" / "small.params"
    assert resolve_weights(card, "params") == path
    path.write_bytes(b"other bytes.....")
    with pytest.raises(ZooError, match=r"small\.params: expected sha256 \w{64}, found \w{64}"):
        resolve_weights(card, "params")
    path.write_bytes(b"short")
    with pytest.raises(ZooError, match=r"small\.params: expected 16 bytes, found 5"):
        resolve_weights(card, "params")
    path.unlink()
    with pytest.raises(ZooError, match=r"weights 'params': no file .*small\.params"):
        resolve_weights(card, "params")
    with pytest.raises(ZooError, match=r"pose_small\.yaml: weights: no role 'param'; did you mean 'params'"):
        resolve_weights(card, "param")


def test_published_weights_come_from_the_cache(package, text, tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    (package / "cards" / "pose_small.yaml").write_text(
        text.replace("file: weights/small.params", "url: https://example.org/w/small.params")
    )
    card = Registry(package).get("pose_small")
    with pytest.raises(ZooError, match=r"https://example\.org/w/small\.params: not in the cache") as caught:
        resolve_weights(card, "params")
    place = str(caught.value).rsplit(" at ", 1)[1]
    (package / "weights" / "small.params").rename(_made(place))
    assert str(resolve_weights(card, "params")) == place


def test_weights_within_an_archive(package, text, tmp_path, monkeypatch):

    archive = shutil.make_archive(str(tmp_path / "all"), "zip", str(package), "weights")
    digest = hashlib.sha256((tmp_path / "all.zip").read_bytes()).hexdigest()
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    shutil.copy(archive, str(_made(tmp_path / "cache" / "sha256" / digest[:2] / digest / "all.zip")))
    for member, expected in (("weights/small.params", True), ("weights/large.params", False)):
        source = "url: https://example.org/all.zip\n    extract: {}\n    sha256: {}".format(member, digest)
        changed = [line for line in text.splitlines() if "sha256:" not in line and "size:" not in line]
        changed = "\n".join(changed).replace("file: weights/small.params", source)
        (package / "cards" / "pose_small.yaml").write_text(changed)
        card = Registry(package).get("pose_small")
        if expected:
            assert resolve_weights(card, "params").read_bytes() == b"sixteen bytes..."
        else:
            with pytest.raises(ZooError, match=r"holds no file 'weights/large\.params'"):
                resolve_weights(card, "params")


def _made(path):

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Path(path)
