"""Plain YAML: the values a reader of the file would expect, and nothing said twice.

Scalars follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema) without infinities: ``off``,
``1:30`` and ``2017-01-01`` are texts and ``1e-3`` is a number, which PyYAML's own YAML 1.1 rules see otherwise.
"""

import re
from typing import Any

import yaml

from zoo_common.errors import ZooError
from zoo_common.files import PathLike

MAX_DEPTH = 30


class _Loader(yaml.SafeLoader):
    """SafeLoader without duplicate keys, anchors, tags and the surprises of YAML 1.1."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  # type: ignore[var-annotated]
    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not used here", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="tags are not used here", problem_mark=event.start_mark)
        if self._depth == MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or not isinstance(self.construct_object(key), str):
                raise yaml.MarkedYAMLError(problem="a key must be a text", problem_mark=key.start_mark)
            if key.value in seen:
                problem = "the key '{}' is given twice".format(key.value)
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first) or [""])


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("null", r"^(?:~|null|Null|NULL)$", "~nN")
_resolve("null", r"^$", "")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")


def read_yaml(path: PathLike) -> Any:
    """Read one YAML document: mappings with text keys, lists, texts, numbers, booleans, null.

    Raises:
        ZooError: the file is absent, not UTF-8 or not such a document; the message gives line and column.
    """
    try:
        with open(str(path), encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_Loader)
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise ZooError("{}: not UTF-8 text (byte {})".format(path, error.start)) from error
    except yaml.MarkedYAMLError as error:
        mark, problem = error.problem_mark or error.context_mark, error.problem or error.context
        place = " at line {}, column {}".format(mark.line + 1, mark.column + 1) if mark else ""
        raise ZooError("{}: broken YAML{}: {}".format(path, place, problem)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ZooError("{}: broken YAML: {}".format(path, error)) from error
