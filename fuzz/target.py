"""What a target is: valid files, how they are changed, and the command that reads them."""

import json
from pathlib import Path
from random import Random
from typing import Any, Dict

import yaml

from fuzz.byte_changes import change_bytes
from fuzz.document_changes import as_text, change_document, change_json, change_json_lines

Files = Dict[str, bytes]
YAML_LINES = (
    b"a: &a [1]\n",
    b"b: *a\n",
    b"c: !!python/object/apply:os.system ['true']\n",
    b"d: !x 1\n",
    b"? [a]\n: 1\n",
    b"\t- 1\n",
    b"<<: {a: 1}\n",
    b"e: 1e999\n",
    b"f: 2017-99-99\n",
    b"--- 1\n",
    b"%YAML 9.9\n",
    b"g: \x00\n",
    b"".join(b"z%d: &z%d [%s]\n" % (n, n, b", ".join([b"*z%d" % (n - 1) if n else b"1"] * 9)) for n in range(9)),
)


class Target:
    """One kind of input.

    Attributes:
        files: valid content by relative path; a case changes one of `changed` (or two) and writes all.
        changed: the names that cases change; None means every file.
        guided: the name Atheris varies, None where it is not used.
    """

    guided = None  # type: Optional[str]

    def __init__(self, scratch: Path) -> None:
        """Make the valid files; ``scratch`` is an empty folder for it."""
        self.files = {}  # type: Files
        self.changed = None  # type: Optional[List[str]]
        self.variants = {}  # type: Dict[str, List[bytes]]
        """Further valid contents of a file, to start from and to splice with."""

    def case(self, random: Random) -> Files:
        """Return the files of one case, some of them changed."""
        files = dict(self.files)
        names = self.changed or sorted(files)
        for name in random.sample(names, min(len(names), random.choice((1, 1, 1, 1, 2)))):
            start = random.choice([files[name], *self.variants.get(name, ())])
            files[name] = self.change(random, name, start)
        return files

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Return changed content: in three cases of four with regard to its structure, where that is known."""
        suffix = name.rsplit(".", 1)[-1]
        if random.randrange(4) and suffix in ("json", "encodings", "jsonl", "yaml"):
            if suffix == "yaml":
                return change_yaml(random, content)
            return (change_json_lines if suffix == "jsonl" else change_json)(random, content)
        return change_bytes(random, content, self.variants.get(name, ()))

    def read(self, folder: Path, random: Random) -> None:
        """Read the files as the commands do; ``random`` chooses among several commands."""
        raise NotImplementedError


def change_yaml(random: Random, content: bytes) -> bytes:
    """Return changed YAML: a line put in, or the document changed and written as JSON, which YAML contains."""
    lines = content.splitlines(True)
    if random.randrange(4) == 0:
        lines.insert(random.randrange(len(lines) + 1), random.choice(YAML_LINES))
        return b"".join(lines)
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError):
        return content
    changed = change_document(random, document)
    try:
        if random.randrange(2):
            return yaml.safe_dump(changed, allow_unicode=True).encode("utf-8", "surrogatepass")
    except (yaml.YAMLError, TypeError):
        pass
    return as_text(random, changed)


def write_files(folder: Path, files: Files) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_files(folder: Path, pattern: str = "**/*") -> Files:
    """Return the files below a folder by relative path."""
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode("utf-8")
