import time

import pytest
from sharded import MERGED, MODEL, contents, started
from slurm_cluster import Cluster, why_not

# Without accounting there is only squeue to ask; and the plugin's first question comes after 40 s.
ASKING = ["--slurm-status-command", "squeue", "--slurm-no-account", "--slurm-init-seconds-before-status-checks", "5"]
WAITING = ["--seconds-between-status-checks", "3", "--latency-wait", "10"]
FP32 = ", precisions: [fp32]"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two nodes; no test after the one that kills a node finds both."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Cluster(tmp_path_factory.mktemp("slurm")) as started:
        yield started


def command_of(workflow, out, *options):
    return workflow.command(out, *options, *ASKING, *WAITING, engine="slurm", config=FP32)


def nodes(out):
    """Return the nodes of the shards, as their logs say."""
    return [log.open().readline().split()[-1] for log in sorted(out.glob("logs/predict-*")) if log.stat().st_size]


def test_shards_run_on_both_nodes(workflow, cluster, undivided, tmp_path):
    command = command_of(workflow, tmp_path, "--shards", "2", "steps/score-{}-fp32".format(MODEL))
    with started(command, tmp_path / "printed", cluster.environment) as process:
        assert process.wait(240) == 0, (tmp_path / "printed").read_text()
    assert sorted(nodes(tmp_path)) == ["n1", "n2"]
    assert contents(tmp_path / "runs" / (MODEL + "-fp32")) == undivided["fp32"]


def test_a_node_that_dies_costs_nothing(workflow, cluster, undivided, tmp_path):
    out, printed = tmp_path / "out", tmp_path / "printed"
    command = command_of(workflow, out, "--shards", "2", "steps/merge-{}-fp32".format(MODEL))
    with started(command, printed, cluster.environment) as process:
        while "n1" not in nodes(out):
            assert process.poll() is None, printed.read_text()
            time.sleep(0.05)
        cluster.kill("n1")
        assert process.wait(240) == 0, printed.read_text()
    assert "NODE_FAIL n1" in cluster.ask("squeue", "-h", "--states=all", "-o", "%T %N")
    assert "Trying to restart job" in printed.read_text()
    assert nodes(out) == ["n2", "n2"]
    merged = contents(out / "runs" / (MODEL + "-fp32"), MERGED)
    assert merged == {name: undivided["fp32"][name] for name in MERGED}
