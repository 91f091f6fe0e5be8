import functools
import gzip
import io
import os
import socket
from types import SimpleNamespace

import pytest
import requests

from zoo_common.artifacts import Artifact, cache_dir
from zoo_common.artifacts import fetch as patient_fetch
from zoo_common.artifacts.cache import content_path, partial_path
from zoo_common.artifacts.transfer import BLOCK
from zoo_common.errors import ZooError

fetch = functools.partial(patient_fetch, progress=False, timeout=10, retries=2, backoff=0.01)


def known(server, **changes):
    return Artifact(**dict({"url": server.url(), "sha256": server.sha256, "size": len(server.content)}, **changes))


def files(cache):
    """Everything under a final name."""
    return sorted(path for path in (cache / "sha256").rglob("*") if path.is_file()) if cache.exists() else []


def test_a_file_is_fetched_once_and_found_again_by_its_hash(server, cache):
    path = fetch(known(server))
    assert path.read_bytes() == server.content
    assert path == cache / "sha256" / server.sha256[:2] / server.sha256 / "model.bin"
    assert fetch(known(server)) == path
    other = fetch(known(server, url=server.url("mirror/other-name.params")))
    assert (other.name, other.read_bytes()) == ("other-name.params", server.content)
    assert len(server.requests) == 1
    assert list((cache / "partial").iterdir()) == []


def test_a_note_that_a_killed_process_left_goes_with_the_next_call(server, cache):
    path = fetch(known(server))
    note = partial_path(known(server)).with_suffix(".json")
    note.write_text("{}")
    assert fetch(known(server)) == path and not note.exists()


def test_the_cache_defaults_to_the_platform_folder(monkeypatch):
    monkeypatch.delenv("ZOO_CACHE")
    assert "quantzoo" in str(cache_dir())


@pytest.mark.parametrize("kind", ["stall", "truncate"])
def test_a_broken_transfer_goes_on_where_it_stopped(server, kind):
    server.script = [(kind, BLOCK), (kind, BLOCK)]
    assert fetch(known(server), timeout=1).read_bytes() == server.content
    assert [wanted for _, wanted in server.requests] == [None, "bytes=65536-", "bytes=131072-"]


def test_a_server_without_ranges_starts_afresh(server):
    server.ranges = False
    server.script = [("truncate", 70000)]
    assert fetch(known(server)).read_bytes() == server.content


@pytest.mark.parametrize("etag", [True, False])
def test_a_file_changed_between_two_tries_is_not_mixed(server, etag):
    server.etag = etag
    server.script = [("truncate", 70000)]
    with pytest.raises(ZooError, match="70000 of 200000"):
        fetch(known(server), retries=0)
    server.content = bytes(reversed(server.content))
    assert fetch(known(server)).read_bytes() == server.content


def test_without_hash_and_etag_nothing_is_resumed(server):
    server.etag = False
    server.script = [("truncate", 70000)]
    fetch(Artifact(url=server.url()))
    assert [wanted for _, wanted in server.requests] == [None, None]


def test_a_complete_partial_file_is_only_verified(server):
    server.script = [("truncate", 70000)]
    with pytest.raises(ZooError):
        fetch(known(server), retries=0)
    partial_path(known(server)).write_bytes(server.content)
    assert fetch(known(server)).read_bytes() == server.content
    assert server.requests[-1][1] == "bytes=200000-"


def test_damaged_partial_bytes_cost_a_second_download_not_the_user_s_time(server):
    server.script = [("truncate", 70000)]
    with pytest.raises(ZooError):
        fetch(known(server), retries=0)
    partial_path(known(server)).write_bytes(b"x" * 70000)
    assert fetch(known(server)).read_bytes() == server.content


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_passing_failure_is_tried_again(server, status):
    server.script = [("status", status), ("status", status)]
    assert fetch(known(server)).read_bytes() == server.content


def test_a_lasting_failure_ends_with_the_url_and_a_way_out(server):
    server.script = [("status", 500)] * 9
    with pytest.raises(ZooError, match=r"model\.bin: HTTP 500 .*3 attempts.*put the file at .*model\.bin"):
        fetch(known(server))
    assert len(server.requests) == 3


def test_a_missing_file_is_not_tried_again(server):
    server.script = [("status", 404)]
    with pytest.raises(ZooError, match="HTTP 404"):
        fetch(known(server))
    assert len(server.requests) == 1


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ZooError, match=r"cannot download http://127\.0\.0\.1.*refused"):
        fetch(Artifact(url="http://127.0.0.1:{}/x".format(port), sha256="0" * 64))


def test_wrong_bytes_are_refused_by_hash_and_leave_nothing(server, cache):
    artifact = known(server, sha256="ab" * 32)
    with pytest.raises(ZooError, match="expected sha256 (ab){{32}}.* received sha256 {}".format(server.sha256)):
        fetch(artifact)
    assert files(cache) == []
    assert not partial_path(artifact).exists()


def test_an_error_page_with_status_200_is_refused(server, cache):
    server.script = [("html", None)] * 2
    with pytest.raises(ZooError, match="expected 200000 bytes, the server offers 49"):
        fetch(known(server))
    with pytest.raises(ZooError, match="expected sha256 {}".format(server.sha256)):
        fetch(known(server, size=None))
    assert files(cache) == []


def test_a_content_length_too_long_or_too_short(server, cache):
    server.script = [("length", 300000)]
    assert fetch(known(server, size=None)).read_bytes() == server.content
    server.ranges = False
    server.script = [("length", 300000)] * 3
    with pytest.raises(ZooError, match=r"ended after 200000 of 300000 bytes \(3 attempts"):
        fetch(known(server, sha256="0" * 64, size=None))
    server.script = [("length", 1000)]
    with pytest.raises(ZooError, match="expected 200000 bytes, the server offers 1000"):
        fetch(known(server, sha256="1" * 64))
    assert [path.parent.name for path in files(cache)] == [server.sha256]


def test_without_a_content_length_the_known_size_tells_the_end(server):
    server.script = [("unsized", 70000)]
    assert fetch(known(server)).read_bytes() == server.content
    assert len(server.requests) == 2
    server.script = [("unsized", None)]
    assert fetch(Artifact(url=server.url("again.bin"))).read_bytes() == server.content


def test_an_empty_file_is_a_file(server):
    server.content = b""
    assert fetch(Artifact(url=server.url(), sha256=server.sha256)).read_bytes() == b""


def test_a_server_that_sends_more_than_the_known_size(server):
    server.script = [("unsized", None)]
    with pytest.raises(ZooError, match="expected 5 bytes, the server sends more"):
        fetch(known(server, size=5))


def test_a_compressed_file_is_kept_as_published(server):
    server.content = gzip.compress(b"weights")
    server.script = [("encoded", None)]
    assert fetch(known(server)).read_bytes() == server.content


def test_redirects_are_followed_within_reason(server):
    server.script = [("redirect", "/elsewhere"), ("redirect", server.url("again"))]
    assert fetch(known(server)).name == "model.bin"
    server.script = [("redirect", server.url("loop"))] * 50
    with pytest.raises(ZooError, match="more than 10 redirects"):
        fetch(known(server, sha256="0" * 64))
    server.script = [("redirect", "ftp://127.0.0.1/x")]
    with pytest.raises(ZooError, match="neither http nor https"):
        fetch(known(server, sha256="0" * 64))


def test_https_never_becomes_http(monkeypatch):
    asked = []

    def get(session, url, **_):
        asked.append(url)
        response = requests.Response()
        response.raw = io.BytesIO()
        response.status_code = 302
        response.headers["Location"] = "http://example.org/model.bin"
        return response

    monkeypatch.setattr(requests.Session, "get", get)
    with pytest.raises(ZooError, match="from https down to http"):
        fetch(Artifact(url="https://example.org/model.bin", sha256="0" * 64))
    assert asked == ["https://example.org/model.bin"]


def test_a_damaged_cached_file_is_fetched_again(server, caplog):
    path = fetch(known(server))
    path.write_bytes(b"bit rot")
    assert fetch(known(server)).read_bytes() == server.content
    assert "is damaged" in caplog.text


def test_offline_says_where_the_file_belongs(server, monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    place = content_path(server.sha256, "model.bin")
    with pytest.raises(ZooError) as caught:
        fetch(known(server))
    assert server.url() in str(caught.value)
    assert str(place) in str(caught.value)
    place.parent.mkdir(parents=True)
    place.write_bytes(server.content)
    assert fetch(known(server)) == place
    assert server.requests == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_one_clear_error(server):
    part = partial_path(known(server))
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(ZooError, match=r"cannot write .*\.part: No space left on device; free some space"):
        fetch(known(server))


def test_too_little_space_is_told_before_the_download(server, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=9))
    with pytest.raises(ZooError, match="200000 bytes are needed and 9 are free"):
        fetch(known(server))


def test_an_unusable_cache_folder(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file"))
    with pytest.raises(ZooError, match=r"cannot write .*file.*set ZOO_CACHE"):
        fetch(known(server))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b%2F..%2F..%2Fetc?x=1", "etc"),
        ("", "artifact"),
        ("..", "artifact"),
        ("a%00b c", "a_b_c"),
        (".hidden", "hidden"),
    ],
)
def test_a_url_gives_no_dangerous_file_name(path, name):
    assert Artifact(url="https://example.org/" + path).filename == name
