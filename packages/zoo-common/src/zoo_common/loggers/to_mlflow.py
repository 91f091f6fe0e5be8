"""Runs in MLflow: one MLflow run each, found again by its identity."""

import importlib.util
import os
import re
import sys
import time
from typing import Any, Optional

from zoo_common.errors import ZooError
from zoo_common.extras import require
from zoo_common.loggers.entry import LOGGED, UNCHANGED, UPDATED, Entry, as_text

IDENTITY, CONTENT = "zoo.identity", "zoo.content"
FILE_STORE = "MLFLOW_ALLOW_FILE_STORE"
DATABASE = re.compile("(sqlite|mysql|mssql|postgresql)[+:]")
BATCH = 100
"""Parameters that MLflow takes at once."""
LONGEST = 6000
"""Characters of a parameter's value."""


class MlflowLogger:
    """Logs entries to one experiment.

    MLflow opens its file store only where ``MLFLOW_ALLOW_FILE_STORE`` says so, because it adds nothing to it any more.
    Who names a folder wants it: unless the variable is set already, it is set, with a note on stderr. mlflow-skinny
    opens folders and servers, but no databases: those need the whole mlflow.

    Args:
        experiment: its name; it is made if there is none.
        uri: of the server, folder or database; None is MLflow's own choice (``MLFLOW_TRACKING_URI``).

    Raises:
        ZooError: MLflow is not installed, or cannot open the store.
    """

    def __init__(self, experiment: str, uri: Optional[str]) -> None:
        self._mlflow = require("mlflow", "mlflow", "zoo log --to mlflow")
        self.uri = uri or self._mlflow.get_tracking_uri()
        if (self.uri.startswith("file:") or "://" not in self.uri) and FILE_STORE not in os.environ:
            os.environ[FILE_STORE] = "true"
            print("note: MLflow maintains its file store, but adds nothing to it; a server has all", file=sys.stderr)
        try:
            self._client = self._mlflow.MlflowClient(tracking_uri=self.uri)
            found = self._client.get_experiment_by_name(experiment)
            self._experiment = found.experiment_id if found else self._client.create_experiment(experiment)
        except (self._mlflow.exceptions.MlflowException, ImportError) as error:
            raise self._refused(error) from error

    def log(self, entry: Entry) -> str:
        """Log an entry, or bring the one of the same identity up to date; returns what became of it.

        Raises:
            ZooError: MLflow refused it; in its own words.
        """
        try:
            return self._log(entry)
        except self._mlflow.exceptions.MlflowException as error:
            raise self._refused(error) from error

    def _log(self, entry: Entry) -> str:
        entities, client = self._mlflow.entities, self._client
        same = "tags.`{}` = '{}'".format(IDENTITY, entry.identity)
        known = client.search_runs([self._experiment], same, max_results=1)
        if known and known[0].data.tags.get(CONTENT) == entry.content:
            return UNCHANGED
        run = known[0] if known else client.create_run(self._experiment, None, {IDENTITY: entry.identity}, entry.name)
        run_id = run.info.run_id
        params = [entities.Param(_key(name), as_text(value)[:LONGEST]) for name, value in entry.params.items()]
        for start in range(0, len(params), BATCH):
            client.log_batch(run_id, params=params[start : start + BATCH])
        now = int(1e3 * time.time())
        metrics = [entities.Metric(name, value, now, 0) for name, value in entry.metrics.items()]
        client.log_batch(
            run_id, metrics, tags=[entities.RunTag("zoo." + item[0], item[1]) for item in entry.tags.items()]
        )
        for file in entry.files:
            client.log_artifact(run_id, str(file))
        client.set_tag(run_id, CONTENT, entry.content)  # last: whatever is half logged is logged again
        client.set_terminated(run_id)
        return UPDATED if known else LOGGED

    def _refused(self, error: Any) -> ZooError:
        said = str(error).strip().split("\n")[0]
        if DATABASE.match(self.uri) and importlib.util.find_spec("sqlalchemy") is None:
            said = "mlflow-skinny opens no databases; name a server or a folder with --tracking-uri, or install mlflow"
        return ZooError("MLflow at {}: {}".format(self.uri, said))


def _key(name: str) -> str:
    return re.sub(r"[^\w.\- /]", "_", name)
