"""How every command of the zoo talks: help that teaches, one clear line for a mistake, never a traceback."""

import argparse
import contextlib
import errno
import os
import re
import signal
import sys
import threading
from typing import Any, Callable, Iterator, NoReturn

from zoo_common.errors import ZooError, did_you_mean


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, suggest the nearest choice, and whose help keeps its layout."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", _Formatter)
        kwargs["allow_abbrev"] = False
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)$", message)
        if choice:
            known = re.findall(r"[^\s',]+", choice.group(2))
            message = message[: choice.start()] + "unknown '{}'{}".format(
                choice.group(1), did_you_mean(choice.group(1), known)
            )
        _fail(self.prog, "{} (see --help)".format(message))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=112)

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        shown = action.default not in (None, False, argparse.SUPPRESS) and action.option_strings
        return text + " (default: %(default)s)" if shown and "%(default)" not in text else text


def positive(text: str) -> int:
    """Parse a whole number of at least 1 (an argparse type)."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError("'{}' is not a whole number of at least 1".format(text))
    return value


def run(name: str, command: Callable[[], int]) -> NoReturn:
    """Run ``command`` and leave the process with its exit code.

    A `ZooError`, a full disk or an unwritable file becomes ``<name>: error: <message>`` on stderr and
    exit code 2; Ctrl-C becomes 130, SIGTERM 143; a closed pipe is silent. Anything else is a defect of ours and
    keeps its traceback.
    """
    try:
        with _terminated():
            code = command()
            sys.stdout.flush()
    except ZooError as error:
        _fail(name, str(error))
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(141) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EPERM, errno.EMFILE):
            raise
        if not error.filename:
            _forget_output()
        _fail(name, "{}: {}".format(error.filename or "standard output", error.strerror))
    except _Terminated:
        print("\n{}: terminated; the same command goes on from here".format(name), file=sys.stderr)
        raise SystemExit(128 + signal.SIGTERM) from None
    except KeyboardInterrupt:
        print("\n{}: interrupted; the same command goes on from here".format(name), file=sys.stderr)
        raise SystemExit(130) from None
    raise SystemExit(code)


class _Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextlib.contextmanager
def _terminated() -> Iterator[None]:
    """Let SIGTERM end the block like Ctrl-C, so that what is open is tidied up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _forget_output() -> None:
    """Drop what could not be written: the interpreter would try again at its end, and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(name: str, message: str) -> NoReturn:
    print("{}: error: {}".format(name, " ".join(message.splitlines())), file=sys.stderr)
    raise SystemExit(2) from None
