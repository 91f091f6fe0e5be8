"""What the tests of commands share."""

import pytest


@pytest.fixture
def run():
    """Run a command line; returns the exit code."""

    def call(main, *argv):
        with pytest.raises(SystemExit) as stop:
            main([str(arg) for arg in argv])
        return stop.value.code

    return call
