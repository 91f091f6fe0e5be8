import errno
import gzip
import io
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_common.artifacts import Artifact, extract, fetch_extracted
from zoo_common.errors import ZooError

FILES = {"model/net-symbol.json": b"{}", "model/net-0000.params": bytes(range(256)) * 100}


def tar(path, members, mode="w"):
    with tarfile.open(str(path), mode) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = content
                archive.addfile(member)
    return path


def make_zip(path, members):
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_every_kind_is_told_by_content_and_unpacked(tmp_path, mode):
    path = tmp_path / "archive.data"
    make_zip(path, FILES.items()) if mode == "zip" else tar(path, FILES.items(), mode)
    into = extract(path, tmp_path / "out" / "here")
    assert tree(into) == FILES
    assert names(into.parent) == ["here"]


def test_folders_and_long_names_are_fine(tmp_path):
    members = [
        ("./", (tarfile.DIRTYPE, "")),
        ("a", (tarfile.DIRTYPE, "")),
        ("./a/" + "n" * 150, b"x"),
        ("a/", (tarfile.DIRTYPE, "")),
    ]
    for number, kind in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        path = tmp_path / "{}.tar".format(number)
        with tarfile.open(str(path), "w", format=kind):
            pass
        into = extract(tar(path, members), tmp_path / str(number))
        assert tree(into) == {"a/" + "n" * 150: b"x"}


EVIL_NAMES = ["/etc/passwd", "../up", "a/../../up", "C:/x", "a\\b", "a\nb"]
EVIL_KINDS = [
    (tarfile.SYMTYPE, "/etc"),
    (tarfile.LNKTYPE, "ok"),
    (tarfile.CHRTYPE, ""),
    (tarfile.BLKTYPE, ""),
    (tarfile.FIFOTYPE, ""),
    (tarfile.GNUTYPE_SPARSE, ""),
]


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_names_that_lead_out_are_refused(tmp_path, name):
    for path in (
        tar(tmp_path / "a.tar", [("ok", b"1"), (name, b"2")]),
        make_zip(tmp_path / "a.zip", [("ok", b"1"), (name, b"2")]),
    ):
        with pytest.raises(ZooError, match="refused the entry"):
            extract(path, tmp_path / "deep" / "out")
    assert names(tmp_path) == ["a.tar", "a.zip", "deep"]
    assert names(tmp_path / "deep") == []


@pytest.mark.parametrize("kind", EVIL_KINDS)
def test_links_and_devices_are_refused(tmp_path, kind):
    with pytest.raises(ZooError, match=r"a\.tar: "):
        extract(tar(tmp_path / "a.tar", [("ok", b"1"), ("evil", kind)]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_entry_without_a_name_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("Q", b"1")])
    path.write_bytes(path.read_bytes().replace(b"Q", b"\0"))
    with pytest.raises(ZooError, match="an entry without a name"):
        extract(path, tmp_path / "out")


def test_a_symlink_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("evil")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ZooError, match="'evil': a link or device"):
        extract(make_zip(tmp_path / "a.zip", [(info, "/etc")]), tmp_path / "out")


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "./a"), ("a", "A"), ("a", "a/b"), ("a/b", "a"), ("caf\u00e9", "cafe\u0301")]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_would_replace_another_is_refused(tmp_path, names):
    members = [(name, b"x") for name in names]
    for path in (tar(tmp_path / "a.tar", members), make_zip(tmp_path / "a.zip", members)):
        with pytest.raises(ZooError, match="would replace another"):
            extract(path, tmp_path / "out")


def test_bombs_are_counted_not_believed(tmp_path):
    big = [("a", b"\0" * 3000), ("b", b"\0" * 3000)]
    for path in (tar(tmp_path / "a.tgz", big, "w:gz"), make_zip(tmp_path / "a.zip", big)):
        with pytest.raises(ZooError, match="limit of bytes"):
            extract(path, tmp_path / "out", max_bytes=5999)
        with pytest.raises(ZooError, match="more than 1 entries"):
            extract(path, tmp_path / "out", max_files=1)
        assert not (tmp_path / "out").exists()
        assert len(tree(extract(path, tmp_path / ("ok" + path.suffix), max_bytes=6000, max_files=2))) == 2


def test_a_header_of_gigabytes_is_not_held_in_memory(tmp_path):
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 4 << 30
    with gzip.open(str(tmp_path / "a.tgz"), "wb", compresslevel=1) as stream:
        stream.write(header.tobuf(tarfile.USTAR_FORMAT) + b"\0" * (8 << 20))
    with pytest.raises(ZooError, match="a header or the padding takes more than"):
        extract(tmp_path / "a.tgz", tmp_path / "out")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_every_truncation_is_noticed(tmp_path, mode):
    path = tmp_path / "whole"
    make_zip(path, FILES.items()) if mode == "zip" else tar(path, FILES.items(), mode)
    whole = path.read_bytes()
    # A plain tar ends with padding: without its last two zero blocks it is cut short.
    end = len(whole.rstrip(b"\0")) if mode == "w" else len(whole)
    step = 97 if end < 2000 else 1531
    for cut in sorted({*range(1, end, step), *range(0, end + (mode == "w"), 512)}):
        path.write_bytes(whole[:cut])
        with pytest.raises(ZooError, match="whole"):
            extract(path, tmp_path / "out")
    assert names(tmp_path) == ["whole"]


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    root = tmp_path_factory.mktemp("archives")
    return [
        tar(root / "a.tgz", FILES.items(), "w:gz"),
        tar(root / "a.tar", FILES.items()),
        make_zip(root / "a.zip", FILES.items()),
    ]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_gives_one_clear_error_or_harmless_files(archives, tmp_path_factory, data):
    content = bytearray(data.draw(st.sampled_from(archives)).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    root = tmp_path_factory.mktemp("damaged")
    (root / "a").write_bytes(bytes(content))
    try:
        extract(root / "a", root / "out")
    except ZooError:
        assert not (root / "out").exists()
    assert set(names(root)) <= {"a", "out"}


def test_a_gzip_checksum_is_compared(tmp_path):
    path = tar(tmp_path / "a.tgz", FILES.items(), "w:gz")
    content = bytearray(path.read_bytes())
    content[-6] ^= 255
    path.write_bytes(bytes(content))
    with pytest.raises(ZooError, match="CRC"):
        extract(path, tmp_path / "out")


def test_neither_archive_nor_empty_target(tmp_path):
    (tmp_path / "page.html").write_text("<html>")
    with pytest.raises(ZooError, match="neither a tar"):
        extract(tmp_path / "page.html", tmp_path / "out")
    with pytest.raises(ZooError, match="absent"):
        extract(tmp_path / "absent", tmp_path / "out")
    with pytest.raises(ZooError, match="holds no files"):
        extract(tar(tmp_path / "empty.tar.gz", [], "w:gz"), tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("precious")
    with pytest.raises(ZooError, match="not an empty folder"):
        extract(tar(tmp_path / "a.tar", FILES.items()), tmp_path / "full")
    assert tree(tmp_path / "full") == {"mine": b"precious"}


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tar(tmp_path / "a.tar", FILES.items())
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ZooError, match=r"cannot extract .*a\.tar into .*out: No space left on device"):
        extract(path, tmp_path / "out")
    assert names(tmp_path) == ["a.tar"]


def test_a_fetched_archive_is_unpacked_once(server, tmp_path):
    server.content = tar(tmp_path / "a.tar.xz", FILES.items(), "w:xz").read_bytes()
    artifact = Artifact(url=server.url("a.tar.xz"), sha256=server.sha256)
    folder = fetch_extracted(artifact, progress=False)
    assert tree(folder) == FILES
    (folder / "witness").write_text("")
    assert (fetch_extracted(artifact, progress=False) / "witness").exists()
