"""`zoo backends`, `zoo list`, `zoo evaluate` and `zoo predict`: the models of every package installed here."""

import argparse
import sys
from typing import Any, Callable, List

from tabulate import tabulate

from zoo_common import console
from zoo_common.errors import ZooError
from zoo_common.frontend.backend import Backend
from zoo_common.frontend.evaluate import add_evaluate
from zoo_common.frontend.installed import Installed, backend_of, installed_backends
from zoo_common.frontend.listing import NOTE, card_rows, headers

TEXTS = {
    "evaluate": "evaluate a model of any package installed here",
    "predict": "write a model's predictions, or one shard of them",
}
EPILOG = """A package's own command does the same: `zoo {0} hrnet_demo` is `zoo-torch {0} hrnet_demo`.
`zoo {0} MODEL --help` lists the options the model's package has; `zoo list` lists the models."""


def add_commands(commands: Any) -> None:
    """Add `zoo backends`, `zoo list`, `zoo evaluate` and `zoo predict`."""
    parser = commands.add_parser("backends", help="the packages with models in this environment")
    parser.set_defaults(function=_backends)
    parser = commands.add_parser("list", help="the models of every package in this environment")
    parser.set_defaults(function=_list)
    for name, text in TEXTS.items():
        # Which options there are depends on the model's package: no character makes an option here, all is passed on.
        parser = commands.add_parser(name, help=text, add_help=False, prefix_chars="\0")
        parser.add_argument("arguments", nargs="*")
        parser.set_defaults(function=_pass_on)


def _backends(_: argparse.Namespace) -> int:
    return _table(
        ["distribution", "models"], lambda item, backend: [[item.distribution, len(backend.registry.names())]]
    )


def _list(_: argparse.Namespace) -> int:
    code = _table(headers(), lambda _, backend: card_rows(backend))
    print("\n" + NOTE)
    return code


def _table(titles: List[str], rows_of: Callable[[Installed, Backend], List[List[Any]]]) -> int:
    """Print the rows of every backend; returns 1 if one of them is no good, which is one line on stderr."""
    rows, code = [], 0
    for item in installed_backends():
        try:
            rows += [[item.name] + row for row in rows_of(item, item.load())]
        except ZooError as error:
            print("zoo: {}".format(error), file=sys.stderr)
            code = 1
    print(tabulate(rows, headers=["command"] + titles, disable_numparse=True))
    return code


def _pass_on(args: argparse.Namespace) -> int:
    name = args.command
    usage = "zoo {} MODEL [--backend NAME] [OPTION ...]".format(name)
    head = console.Parser(
        prog="zoo " + name, usage=usage, description=TEXTS[name], epilog=EPILOG.format(name), add_help=False
    )
    head.add_argument("--backend", metavar="NAME", help="the package's command, where several have such a model")
    found, rest = head.parse_known_args(args.arguments)
    if found.backend is None and rest[:1] in (["-h"], ["--help"]):
        head.print_help()
        return 0
    backend = backend_of(rest[0] if rest and not rest[0].startswith("-") else None, found.backend)
    top = console.Parser(prog="zoo")
    commands = top.add_subparsers(dest="command")
    add_evaluate(commands, backend, backend.default_model, EPILOG.format(name), backend.default_precisions)
    inner = top.parse_args([name] + rest)
    return inner.function(inner)
