"""The real MobileNet-v2 pose graph on photographs: what 8 bits do to it, and the card's recipe against that."""

import json

MODEL = "tfpose_mobilenet_v2_small"
IMAGES = 6


def test_the_recipe_recovers_what_plain_rounding_loses(real_data, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    graph = real_data / "weights" / MODEL / "graph_opt.pb"
    options = ["--graph", graph, "--data", real_data / "coco", "--limit", IMAGES, "--calibration-samples", 4]
    precisions = "fp32,w8a8,w8a8-recovered"
    assert run("evaluate", MODEL, "--precision", precisions, *options, "--no-progress", "--batch-size", 4) == 0
    runs = {}
    for path in (tmp_path / "runs").iterdir():
        runs[json.loads((path / "manifest.json").read_text())["precision"]] = path
    fidelity = {name: json.loads((runs[name] / "fidelity.json").read_text()) for name in runs if name != "fp32"}
    assert fidelity["w8a8-recovered"]["heatmap_sqnr_db"] > fidelity["w8a8"]["heatmap_sqnr_db"] + 5
    assert fidelity["w8a8-recovered"]["sqnr_db"] > 12
    about = json.loads((runs["w8a8-recovered"] / "manifest.json").read_text())
    assert about["network"]["batch_norms_averaged"] == 39
    assert about["network"]["batch_norms_folded"] == 99
    assert about["calibration"]["evaluated_images_seen"] == 0
