"""A reader of pickles that knows data and nothing else: the few opcodes PyTorch's state dicts are written in.

Nothing is imported or called by name: what a pickle asks for by name must be among the values given beforehand.
"""

import pickletools
from typing import IO, Any, Callable, Dict, List, Mapping, Tuple

_LITERALS = frozenset(
    "BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE SHORT_BINUNICODE BINSTRING SHORT_BINSTRING".split()
)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Mapping[str, Callable[[], Any]] = {"EMPTY_TUPLE": tuple, "EMPTY_LIST": list, "EMPTY_DICT": dict}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = ("PROTO", "FRAME")


class WantsCodeError(Exception):
    """The pickle asks for something by a name that is not among those known."""


def unpickle(stream: IO[bytes], known: Mapping[Tuple[str, str], Any], persistent: Callable[[Any], Any]) -> Any:
    """Read one pickle; the stream stands behind it afterwards.

    Args:
        stream: binary, with ``read``, ``readline`` and ``tell``.
        known: what the pickle may ask for, by module and name. It may call what can be called of these, no more.
        persistent: from a persistent id to the object.

    Returns:
        Numbers, texts, lists, tuples, dicts, and what ``known`` and ``persistent`` made.

    Raises:
        WantsCodeError: another name; the message is the name.
        ValueError: broken, or an opcode that state dicts do without.
    """
    machine = _Machine(known, persistent)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.step(opcode.name, argument)
        return machine.stack.pop()
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError("broken pickle: {}".format(error)) from None


class _Machine:
    def __init__(self, known: Mapping[Tuple[str, str], Any], persistent: Callable[[Any], Any]) -> None:
        self.known, self.persistent = known, persistent
        self.stack: List[Any] = []
        self.marks: List[int] = []
        self.memo: Dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Perform one opcode."""
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            count = _TUPLES[name]
            self.stack.append(tuple(self.stack.pop() for _ in range(count))[::-1])
        elif name not in _IGNORED and name != "STOP":
            action = getattr(self, "_" + name.lower(), None)
            if action is None:
                raise ValueError("opcode {} does not occur in state dicts".format(name))
            action(argument)

    def _mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def _above_mark(self) -> List[Any]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._above_mark()))

    def _binput(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    _long_binput = _binput

    def _memoize(self, _: Any) -> None:
        self._binput(len(self.memo))

    def _binget(self, index: int) -> None:
        self.stack.append(self.memo[index])

    _long_binget = _binget

    def _append(self, _: Any) -> None:
        self._extend([self.stack.pop()])

    def _appends(self, _: Any) -> None:
        self._extend(self._above_mark())

    def _extend(self, values: List[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("appends to a {}".format(type(self.stack[-1]).__name__))
        self.stack[-1].extend(values)

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([key, value])

    def _setitems(self, _: Any) -> None:
        self._update(self._above_mark())

    def _update(self, items: List[Any]) -> None:
        for key, value in zip(items[::2], items[1::2]):
            if not isinstance(self.stack[-1], dict) or not isinstance(key, (str, int)):
                raise ValueError("a {} under a {}".format(type(self.stack[-1]).__name__, type(key).__name__))
            self.stack[-1][key] = value

    def _build(self, _: Any) -> None:
        """Pass over the attributes of a dict: a state dict's hold the versions of its modules."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise ValueError("attributes of a {}".format(type(self.stack[-1]).__name__))

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        if (module, name) not in self.known:
            raise WantsCodeError("{}.{}".format(module, name))
        self.stack.append(self.known[module, name])

    def _stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._global("{} {}".format(module, name))

    def _reduce(self, _: Any) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(function(*arguments))

    def _binpersid(self, _: Any) -> None:
        self.stack.append(self.persistent(self.stack.pop()))
