"""What the tests of all packages share."""

import os
from pathlib import Path

import pytest

try:
    import hypothesis
except ImportError:  # an environment without the extra `test`
    pass
else:  # how long an example takes says how busy the machine is
    hypothesis.settings.register_profile("zoo", deadline=None)
    hypothesis.settings.load_profile("zoo")


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs and networks, where this machine has one."""
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ZOO_REAL_DATA names no folder: real photographs are not here")
    return Path(folder)
