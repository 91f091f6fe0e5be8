"""Match arrays with a pickle inside, which ordinary loading would run."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_common.metrics import compute_matches, load_matches


class Malicious:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '{}'".format(self.marker),)


@pytest.mark.parametrize("place", ["header", "dt_score", "whole file", "plain array"])
def test_a_pickle_in_a_matches_file_is_refused(tmp_path, coco_tree, place):
    file, marker = tmp_path / "matches.npz", tmp_path / "executed"
    evil = io.BytesIO()
    np.save(evil, np.array([Malicious(marker)], object), allow_pickle=True)
    if place == "whole file":
        file.write_bytes(pickle.dumps(Malicious(marker)))
    elif place == "plain array":
        file.write_bytes(evil.getvalue())
    else:
        compute_matches(coco_tree / "annotations" / "person_keypoints_val2017.json", [], "keypoints").save(file)
        with zipfile.ZipFile(str(file)) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        entries[place + ".npy"] = evil.getvalue()
        with zipfile.ZipFile(str(file), "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
    with pytest.raises(ZooError, match=r"matches\.npz: not a file of matches: .*"):
        load_matches(file)
    assert not marker.exists()
    np.load(str(file), allow_pickle=True)["dt_score"] if place == "dt_score" else None
    assert marker.exists() == (place == "dt_score"), "the file would have run"
