"""A Slurm cluster of two nodes on the loopback interface: Debian's munge and slurm-wlm, kept in one folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Callable, Dict, List, Optional

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue")
NODES = ("n1", "n2")
CONFIGURATION = """\
ClusterName=zootest
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=4
MinJobAge=300
KillWait=2
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory=8000 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""
# Snakemake's job step takes SLURM_CONF away from srun, which then looks in /etc.
SRUN = """\
#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {srun} "$@"
"""


def why_not() -> Optional[str]:
    """Return why no cluster can be started here; None if one can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "not root: a slurmd of one's own needs it"
    missing = [name for name in PROGRAMS if _which(name) is None]
    return "no {} here: apt-get install slurm-wlm munge".format(", ".join(missing)) if missing else None


class Cluster:
    """Daemons that live inside the context manager.

    Attributes:
        environment: the variables under which sbatch, squeue and srun reach the cluster.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
        self.environment["PATH"] = os.pathsep.join([str(folder / "bin"), os.environ["PATH"], "/usr/sbin"])
        self._daemons: Dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Cluster":
        try:
            self._configure()
            self._start_munge()
            self._start("slurmctld", "slurmctld", "-D", "-i")
            for node in NODES:
                self._start(node, "slurmd", "-D", "-N", node)
            _wait("nodes are idle", lambda: self.ask("sinfo", "-h", "-N", "-o", "%T") == ["idle"] * len(NODES))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in NODES:
            self.kill(node)
        for daemon in reversed(list(self._daemons.values())):
            daemon.terminate()
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(5)
            daemon.kill()
            daemon.wait()

    def ask(self, *command: str) -> List[str]:
        """Return the lines a command prints; none if it fails."""
        found = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return found.stdout.split("\n")[:-1] if found.returncode == 0 else []

    def kill(self, node: str) -> None:
        """Pull the plug of a node: its daemon and every process of its jobs, at once, by SIGKILL."""
        daemon = self._daemons.pop(node, None)
        if daemon is not None:
            daemon.kill()
            daemon.wait()
        for process in self._processes(node):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _processes(self, node: str) -> List[int]:
        """Return the processes of this cluster's jobs on a node, and the slurmstepd above each."""
        marks = {"SLURM_CONF=" + str(self.folder / "slurm.conf"), "SLURMD_NODENAME=" + node}
        found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        inside = {process for process in found if marks <= set(_read(process, "environ").split("\0"))}
        parents = {int(text.rsplit(")", 1)[1].split()[1]) for text in (_read(p, "stat") for p in inside) if text}
        return sorted(inside | {parent for parent in parents if "slurmstepd" in _read(parent, "cmdline")})

    def _configure(self) -> None:
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "state").mkdir()
        configuration = CONFIGURATION.format(folder=self.folder, ports=_free_ports(1 + len(NODES)))
        (self.folder / "slurm.conf").write_text(configuration)
        srun = self.folder / "bin" / "srun"
        srun.write_text(SRUN.format(folder=self.folder, srun=_which("srun")))
        srun.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.touch(0o400)
        key.write_bytes(os.urandom(128))
        options = {"key-file": "munge.key", "socket": "munge.sock", "pid-file": "munged.pid", "seed-file": "munge.seed"}
        paths = ["--{}={}".format(option, self.folder / name) for option, name in options.items()]
        self._start("munged", "munged", "--foreground", "--force", *paths)
        _wait("munge answers", (self.folder / "munge.sock").exists)

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / (name + ".log")).open("wb") as log:
            program = str(_which(command[0]))
            self._daemons[name] = subprocess.Popen(
                [program, *command[1:]], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment
            )


def _which(name: str) -> Optional[str]:
    return shutil.which(name, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")


def _read(process: int, name: str) -> str:
    try:
        return Path("/proc/{}/{}".format(process, name)).read_text(errors="replace")
    except OSError:
        return ""


def _free_ports(count: int) -> List[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait(what: str, ready: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise AssertionError("not within {} s: {}".format(seconds, what))
        time.sleep(0.2)
