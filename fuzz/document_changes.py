"""Changes to documents (JSON, YAML) that know their structure."""

import copy
import json
from random import Random
from typing import Any, List, Tuple

_DEEP = "\ue000deep\ue000"
_RAW = "\ue000raw{}\ue000"
_RAWS = ("1e999", "-1e999", "NaN", "1" * 400, "1" * 5000, "-0", "1E400", "0.1e-999")
"""Numbers that Python would not write, but reads."""

PATHS = (
    "../../x",
    "../../../../../../../../nonexistent-zoo-fuzz/x",
    "/nonexistent-zoo-fuzz/x",
    "..\\..\\x",
    "C:\\x",
    "a/../../b",
    "~/x",
    "/dev/zero",
    "/",
    ".",
    "..",
    "file:///etc/passwd",
    "con",
)
TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\U0001f9ea",
    "e\u0301\u202e",
    "\n",
    "\x1b[31m",
    "A" * 300,
    "A" * 100000,
    "{0}",
    "%s%n",
    "<script>",
    "True",
    "nan",
    "1e999",
    "[bold]",
    "null",
)
NUMBERS = (
    0,
    -1,
    1,
    2,
    3,
    255,
    256,
    65535,
    -(2**31),
    2**31,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    2**64,
    10**25,
    0.5,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
)

Slot = Tuple[Any, Any]  # a container, and the index or key in it


def change_document(random: Random, document: Any) -> Any:
    """Return a copy after one to three changes of values, fields, lengths or structure."""
    holder = [copy.deepcopy(document)]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        container, key = _slot(random, holder)
        random.choice(_CHANGES)(random, container, key, holder)
    return holder[0]


def change_json(random: Random, content: bytes) -> bytes:
    """Return the text of a changed JSON document; bytes that are none are returned as they are."""
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return content
    return as_text(random, change_document(random, document))


def change_json_lines(random: Random, content: bytes) -> bytes:
    """Change one line, or the lines' order and number."""
    lines = content.splitlines(True)
    if not lines:
        return content
    at = random.randrange(len(lines))
    what = random.randrange(6)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(random.randrange(len(lines)), lines[at])
    else:
        lines[at] = change_json(random, lines[at]) + b"\n"
    return b"".join(lines)


def as_text(random: Random, document: Any) -> bytes:
    """Return a document as JSON, with what Python's writer refuses put in afterwards."""
    ascii_only = random.randrange(2) == 0
    text = json.dumps(document, ensure_ascii=ascii_only)
    replaced = {_DEEP: random.choice(("[", '{"a":')) * random.choice((40, 900, 100000))}
    replaced.update({_RAW.format(index): raw for index, raw in enumerate(_RAWS)})
    for mark, raw in replaced.items():
        text = text.replace(json.dumps(mark, ensure_ascii=ascii_only), raw)
    return text.encode("utf-8", "surrogatepass")


def junk(random: Random) -> Any:
    """Return a value that fields rarely expect."""
    kind = random.randrange(12)
    if kind < 4:
        return random.choice(NUMBERS)
    if kind < 6:
        return random.choice(TEXTS)
    if kind == 6:
        return random.choice(PATHS)
    if kind == 7:
        return _RAW.format(random.randrange(len(_RAWS)))
    if kind == 8:
        return random.choice((_DEEP, [[]] * 3, {"": {}}))
    return random.choice((None, True, False, [], {}, [None], [0] * 51, {"a": 1}))


def _slot(random: Random, holder: List[Any]) -> Slot:
    """Return a random place; every depth is about as likely as every other."""
    container, key = holder, 0  # type: Tuple[Any, Any]
    while True:
        value = container[key]
        if not isinstance(value, (dict, list)) or not value or random.randrange(5) == 0:
            return container, key
        container = value
        key = random.choice(sorted(value)) if isinstance(value, dict) else random.randrange(len(value))


def _replace(random: Random, container: Any, key: Any, _: List[Any]) -> None:
    container[key] = junk(random)


def _nudge(random: Random, container: Any, key: Any, _: List[Any]) -> None:
    value = container[key]
    if isinstance(value, bool):
        container[key] = not value
    elif isinstance(value, (int, float)):
        container[key] = random.choice((-value, value + 1, value - 1, value * 1000, value // 7, str(value), [value]))
    elif isinstance(value, str):
        container[key] = random.choice((value + "x", value[:-1], value.upper(), "../" + value, value + "\0", [value]))
    elif isinstance(value, list):
        container[key] = random.choice((value[:-1], value[::-1], value + value, value + [junk(random)], tuple(value)))
    else:
        container[key] = junk(random)


def _remove(random: Random, container: Any, key: Any, holder: List[Any]) -> None:
    if container is holder:
        container[key] = junk(random)
    else:
        del container[key]


def _repeat(random: Random, container: Any, key: Any, _: List[Any]) -> None:
    """Enter a value twice: an entry of a list with its id, a field under another name."""
    if isinstance(container, list):
        container.insert(random.randrange(len(container) + 1), copy.deepcopy(container[key]))
    else:
        container[random.choice(sorted(container))] = copy.deepcopy(container[key])


def _move(random: Random, container: Any, key: Any, holder: List[Any]) -> None:
    other, place = _slot(random, holder)
    container[key] = copy.deepcopy(other[place])


def _rename(random: Random, container: Any, key: Any, _: List[Any]) -> None:
    if isinstance(container, dict):
        container[random.choice((key + "x", key.upper(), "", *TEXTS[:6], "__proto__"))] = container.pop(key)
    else:
        container[key] = junk(random)


def _wrap(random: Random, container: Any, key: Any, _: List[Any]) -> None:
    container[key] = random.choice(([container[key]], {"a": container[key]}))


_CHANGES = [
    _replace,
    _replace,
    _replace,
    _nudge,
    _nudge,
    _remove,
    _repeat,
    _move,
    _rename,
    _wrap,
]  # type: List[Callable[[Random, Any, Any, List[Any]], None]]
