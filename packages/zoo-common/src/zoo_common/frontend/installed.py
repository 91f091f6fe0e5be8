"""The backends installed in this environment: what distributions declare under the entry point group ``zoo.backends``.

An entry point's name is the package's console command, its value ``module:BackendClass`` (or a function that returns
a `Backend`). Nothing is imported before it is asked for, and a package that does not import spoils no other.
"""

import sys
from typing import Any, List, NamedTuple, Optional

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.frontend.backend import Backend

GROUP = "zoo.backends"


class Installed(NamedTuple):
    """A declared backend, not imported yet.

    Attributes:
        name: of the entry point.
        distribution: name and version of what declares it.
        entry: the entry point.
    """

    name: str
    distribution: str
    entry: Any

    def __str__(self) -> str:
        return "{} (of {})".format(self.name, self.distribution)

    def load(self) -> Backend:
        """Import and make the backend.

        Raises:
            ZooError: that fails, for whatever reason; the message names the distribution.
        """
        try:
            backend = self.entry.load()()
        except Exception as error:
            reason = " ".join("{}: {}".format(type(error).__name__, error).split())
            raise ZooError("{}: {} cannot be loaded: {}".format(self, self.entry.value, reason)) from error
        if not isinstance(backend, Backend):
            raise ZooError("{}: {} gives no Backend but {!r}".format(self, self.entry.value, backend))
        return backend


def installed_backends() -> List[Installed]:
    """Return what is declared, by name.

    Raises:
        ZooError: nothing is.
    """
    try:
        from importlib.metadata import distributions
    except ImportError:  # Python 3.7
        from importlib_metadata import distributions  # type: ignore[no-redef]
    found = {}
    for item in distributions():
        for entry in item.entry_points:
            if entry.group == GROUP:
                label = "{} {}".format(item.metadata["Name"], item.version)
                found.setdefault((entry.name, label), Installed(entry.name, label, entry))
    if not found:
        raise ZooError(
            "no package with models is installed in this environment (none declares {}); "
            "each framework has its own: tox -e torch -- zoo list".format(GROUP)
        )
    return [found[key] for key in sorted(found)]


def backend_of(model: Optional[str], name: Optional[str] = None) -> Backend:
    """Return the backend that has a model's card.

    Args:
        model: name of a card; ``a-b`` is understood where it is called ``a_b``. None: the only backend there is.
        name: of the backend, where several have a card of this name.

    Raises:
        ZooError: none, or more than one has it.
    """
    among = installed_backends()
    names = sorted({item.name for item in among})
    if name is not None:
        if name not in names:
            raise ZooError("--backend: unknown '{}'{}".format(name, did_you_mean(name, names)))
        among = [item for item in among if item.name == name]
    if len(among) == 1:
        return among[0].load()
    if model is None:
        raise ZooError("name the model first, or --backend: {} are installed".format(", ".join(names)))
    having, known = [], []
    for item in among:
        try:
            backend = item.load()
        except ZooError as error:
            print("zoo: {}".format(error), file=sys.stderr)
            continue
        cards = backend.registry.names()
        known += cards
        if model in cards or model.replace("-", "_") in cards:
            having.append((item, backend))
    if not having:
        raise ZooError("unknown model '{}'{}".format(model, did_you_mean(model, sorted(set(known)))))
    if len(having) > 1:
        both = " and ".join(str(item) for item, _ in having)
        raise ZooError("{}: {} have a model of this name; choose with --backend NAME".format(model, both))
    return having[0][1]
