"""Runs in Weights & Biases: one W&B run each, whose id is the run's identity."""

import re
from pathlib import Path
from typing import Any

from zoo_common.errors import ZooError
from zoo_common.extras import require
from zoo_common.loggers.entry import LOGGED, UNCHANGED, UPDATED, Entry

CONTENT = "zoo.content"
ID_LENGTH = 32
LONGEST_TAG = 64


class WandbLogger:
    """Logs entries to one project; who, where and whether offline are W&B's own settings (``WANDB_MODE``, ...).

    Raises:
        ZooError: wandb is not installed.
    """

    def __init__(self, project: str) -> None:
        self._wandb = require("wandb", "wandb", "zoo log --to wandb")
        self._project = project

    def log(self, entry: Entry) -> str:
        """Log an entry, or go on with the W&B run of the same identity; returns what became of it.

        Offline nobody knows what the server holds: an entry logged there before is logged again under the same id,
        which the server takes as the same run.

        Raises:
            ZooError: W&B refused it; in its own words.
        """
        try:
            return self._log(entry)
        except self._wandb.errors.Error as error:
            raise ZooError("W&B: {}".format(str(error).strip().split("\n")[0])) from error

    def _log(self, entry: Entry) -> str:
        settings = self._wandb.Settings(console="off", disable_git=True, disable_code=True)
        tags = [entry.tags[name] for name in ("arithmetic", "status") if name in entry.tags]
        tags += ["synthetic"] if entry.tags.get("synthetic") == "true" else []
        run = self._wandb.init(
            project=self._project,
            id=entry.identity[:ID_LENGTH],
            name=entry.name,
            tags=[tag[:LONGEST_TAG] for tag in tags],
            resume="allow",
            settings=settings,
        )
        with run:
            known = run.resumed or _earlier(run)
            if run.config.get(CONTENT) == entry.content:
                return UNCHANGED
            tagged = {"zoo." + name: value for name, value in entry.tags.items()}
            run.config.update(dict(entry.params, **tagged), allow_val_change=True)
            run.summary.update(entry.metrics)
            artifact = self._wandb.Artifact(re.sub(r"[^\w.-]", "-", entry.name), "zoo-run")
            for file in entry.files:
                artifact.add_file(str(file))
            run.log_artifact(artifact)
            run.config.update({CONTENT: entry.content, "zoo.identity": entry.identity}, allow_val_change=True)
        return UPDATED if known else LOGGED


def _earlier(run: Any) -> bool:
    """Tell whether another folder beside an offline run's has its id."""
    if not run.offline:
        return False
    folder = Path(run.dir).parent
    return any(other != folder for other in folder.parent.glob("offline-run-*-" + run.id))
