import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

from zoo_common.artifacts import Artifact, cache, fetch, fetch_extracted
from zoo_common.artifacts.cache import partial_path

PROGRAM = """
import sys
from zoo_common.artifacts import Artifact, fetch
print(fetch(Artifact(url=sys.argv[1], sha256=sys.argv[2]), progress=False))
"""


def start(server):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, server.url(), server.sha256], stdout=subprocess.PIPE, universal_newlines=True
    )


def test_two_processes_share_one_download(server):
    server.pause = 0.01
    processes = [start(server) for _ in range(2)]
    outputs = {process.communicate(timeout=120)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert len(outputs) == 1
    assert len(server.requests) == 1


def test_several_threads_share_one_download(server):
    server.pause = 0.005
    artifact = Artifact(url=server.url())
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(artifact, progress=False), range(4)))
    assert len(set(paths)) == 1
    assert paths[0].read_bytes() == server.content
    assert len(server.requests) == 1


def test_a_killed_download_is_resumed_by_the_next(server, cache):
    artifact = Artifact(url=server.url(), sha256=server.sha256)
    server.pause = 0.05
    process = start(server)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if partial_path(artifact).exists() and partial_path(artifact).stat().st_size >= 65536:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    begun = partial_path(artifact).stat().st_size
    assert 0 < begun < len(server.content)
    assert not (cache / "sha256").exists()
    server.pause = 0.0
    assert fetch(artifact, progress=False).read_bytes() == server.content
    assert server.requests[-1][1] == "bytes={}-".format(begun)


def test_content_known_under_another_name_replaces_a_damaged_file(server):
    first = fetch(Artifact(url=server.url("a.bin"), sha256=server.sha256), progress=False)
    second = first.with_name("b.bin")
    for damage in (None, b"damaged"):
        if damage is not None:
            second.unlink()
            second.write_bytes(damage)
        assert fetch(Artifact(url=server.url("b.bin"), sha256=server.sha256), progress=False) == second
        assert second.read_bytes() == server.content
    assert sorted(path.name for path in first.parent.iterdir()) == ["a.bin", "b.bin"]
    assert len(server.requests) == 1


def test_an_unpacked_archive_needs_no_writing_and_a_killed_unpacking_leaves_nothing(server, monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "content")
    server.content = buffer.getvalue()
    artifact = Artifact(url=server.url("a.zip"), sha256=server.sha256)
    folder = cache.extracted_path(artifact.sha256)
    stale = folder.parent / ".{}.abc.tmp".format(folder.name) / "contents"
    stale.mkdir(parents=True)
    assert fetch_extracted(artifact, progress=False) == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    monkeypatch.setattr(cache, "lock", None)  # taking it would fail
    assert fetch_extracted(artifact, progress=False) == folder
