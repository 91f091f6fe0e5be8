import json

import pytest

from zoo_common.artifacts import Artifact, fetch
from zoo_common.artifacts.cache import dropped_path
from zoo_common.errors import ZooError


def test_an_unknown_hash_is_pinned_and_said_once(server, cache, caplog):
    artifact = Artifact(url=server.url())
    path = fetch(artifact, progress=False)
    assert json.loads((cache / "pins.json").read_text()) == {
        "schema": 1,
        "pins": {artifact.url: {"sha256": server.sha256, "size": 200000}},
    }
    assert fetch(artifact, progress=False) == path
    assert caplog.text.count("trusted on first use") == 1
    assert len(server.requests) == 1


def test_other_content_under_a_pinned_url_is_refused_until_accepted(server, cache):
    artifact = Artifact(url=server.url())
    fetch(artifact, progress=False).unlink()
    old, server.content = server.sha256, b"something else"
    with pytest.raises(ZooError) as caught:
        fetch(artifact, progress=False)
    for part in (old, server.sha256, str(cache / "pins.json"), "delete its entry"):
        assert part in str(caught.value)
    (cache / "pins.json").unlink()
    assert fetch(artifact, progress=False).read_bytes() == b"something else"


def test_a_published_hash_is_worth_more_than_a_pin(server, cache):
    fetch(Artifact(url=server.url()), progress=False)
    server.content = b"the new release"
    artifact = Artifact(url=server.url(), sha256=server.sha256)
    assert fetch(artifact, progress=False).read_bytes() == b"the new release"


def test_a_file_put_by_hand_is_adopted_and_pinned(server, cache, monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    artifact = Artifact(url=server.url())
    with pytest.raises(ZooError) as caught:
        fetch(artifact)
    place = dropped_path(artifact)
    assert str(place) in str(caught.value)
    place.parent.mkdir(parents=True)
    place.write_bytes(server.content)
    path = fetch(artifact)
    assert path.read_bytes() == server.content
    assert path.parent.name == server.sha256
    assert fetch(artifact) == path
    assert server.requests == []


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 1, "pins": {"u": {"sha256": "0"}}}'])
def test_a_broken_pins_file_is_named(server, cache, text):
    cache.mkdir()
    (cache / "pins.json").write_text(text)
    with pytest.raises(ZooError, match=r"pins\.json: "):
        fetch(Artifact(url=server.url()), progress=False)
