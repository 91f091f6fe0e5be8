"""Where a download may come from."""

import functools
import io
import tarfile

import pytest
import requests

from zoo_common.artifacts import Artifact, fetch_extracted
from zoo_common.artifacts import fetch as patient_fetch
from zoo_common.artifacts import transfer as transferring
from zoo_common.errors import ZooError

fetch = functools.partial(patient_fetch, progress=False, timeout=10, retries=0, backoff=0.01)
PUBLIC = "https://example.org/model.bin"


def test_another_host_only_where_the_card_names_it(server, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    elsewhere = server.url("again").replace("127.0.0.1", "localhost")
    server.script = [("redirect", elsewhere)]
    with pytest.raises(
        ZooError, match=r"redirect to another host: http://localhost:\d+/again; .* hosts: \[localhost\]"
    ):
        fetch(Artifact(url=server.url(), sha256=server.sha256))
    server.script = [("redirect", elsewhere)]
    path = fetch(Artifact(url=server.url(), sha256=server.sha256, hosts=("localhost",)))
    assert path.read_bytes() == server.content
    assert [path for path, _ in server.requests] == ["/model.bin", "/model.bin", "/again"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("file:///etc/passwd", "neither http nor https"),
        ("ftp://127.0.0.1/x", "neither http nor https"),
        ("data:,x", "neither http nor https"),
        ("http://127.0.0.1:1/x", "another port"),
        ("http://127.0.0.1:99999/x", "another port"),
        ("http://169.254.169.254/latest/meta-data", "another host"),
        ("http://127.0.0.1@example.org/x", "another host"),
        ("http://127.0.0.1.example.org/x", "another host"),
        ("//example.org/x", "another host"),
        ("http://[::1]/x", "another host"),
        ("http://2130706433/x", "another host"),
    ],
)
def test_other_schemes_ports_and_hosts_are_refused(server, cache, target, said):
    server.script = [("redirect", target)]
    with pytest.raises(ZooError, match="refused a redirect to .*" + said if said[0] == "n" else said):
        fetch(Artifact(url=server.url(), sha256=server.sha256))
    assert len(server.requests) == 1 and not (cache / "sha256").exists()


@pytest.fixture
def internet(monkeypatch):
    """Stand in for the net: ``names`` gives hosts addresses, ``targets`` redirects; ``asked`` are the requests."""
    net = type("Net", (), {"names": {}, "targets": {}, "asked": []})()

    def get(session, url, **_):
        net.asked.append(url)
        response = requests.Response()
        response.raw = io.BytesIO()
        response.status_code = 302 if url in net.targets else 404
        response.headers["Location"] = net.targets.get(url)
        return response

    def addresses(host, *_, **__):
        return [(2, 1, 6, "", (net.names[host], 0))]

    monkeypatch.setattr(requests.Session, "get", get)
    monkeypatch.setattr("socket.getaddrinfo", addresses)
    return net


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fd00::1", "0.0.0.0"])
def test_a_public_host_does_not_lead_into_the_local_network(internet, inside):
    internet.names = {"example.org": "93.184.216.34", "mirror.example.org": inside}
    internet.targets = {PUBLIC: "https://mirror.example.org/x"}
    with pytest.raises(ZooError, match="mirror.example.org is {}, an address of the local network".format(inside)):
        fetch(Artifact(url=PUBLIC, sha256="0" * 64, hosts=("mirror.example.org",)))
    assert internet.asked == [PUBLIC]
    internet.names["example.org"] = "10.9.9.9"
    with pytest.raises(ZooError, match="HTTP 404"):
        fetch(Artifact(url=PUBLIC, sha256="0" * 64, hosts=("mirror.example.org",)))


def test_a_release_of_github_comes_from_its_stores_and_https_stays(internet):
    release = "https://github.com/o/r/releases/download/v1/m.tgz"
    for host, status in (("release-assets.githubusercontent.com", "HTTP 404"), ("evil.github.io", "another host")):
        internet.names = {"github.com": "140.82.112.3", host: "185.199.108.133"}
        internet.targets = {release: "https://{}/m".format(host)}
        with pytest.raises(ZooError, match=status):
            fetch(Artifact(url=release, sha256="0" * 64))
    internet.targets = {release: "http://github.com/m"}
    with pytest.raises(ZooError, match="from https down to http"):
        fetch(Artifact(url=release, sha256="0" * 64))


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://[fe80::1]/x"])
def test_a_card_cannot_name_a_link_local_address(internet, url):
    with pytest.raises(ZooError, match="is a link-local address"):
        fetch(Artifact(url=url))
    assert internet.asked == []


def test_a_file_of_unknown_size_is_bounded(server, cache, monkeypatch):
    monkeypatch.setattr(transferring, "LARGEST", 100000)
    with pytest.raises(ZooError, match="expected 100000 bytes at most, the server offers 200000"):
        fetch(Artifact(url=server.url()))
    server.script = [("unsized", None)]
    with pytest.raises(ZooError, match="expected 100000 bytes at most, the server sends more"):
        fetch(Artifact(url=server.url()))
    assert not (cache / "sha256").exists()


def test_an_archive_s_contents_are_bounded_by_its_size(server, tmp_path, monkeypatch):
    file = tmp_path / "bomb.tar.xz"
    with tarfile.open(str(file), "w:xz") as archive:
        member = tarfile.TarInfo("weights")
        member.size = 40 << 20
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    server.content = file.read_bytes()
    with pytest.raises(ZooError, match="weights: the contents pass the limit of bytes"):
        fetch_extracted(Artifact(url=server.url("bomb.tar.xz"), sha256=server.sha256), progress=False)
    assert list((tmp_path / "cache" / "extracted").rglob("*weights*")) == []
