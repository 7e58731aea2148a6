"""Run the assets of one study in this process, as Dagster runs recorded in the instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.utils import make_new_run_id
from filelock import FileLock, Timeout

from lstm_assets.errors import HomeError, StoreError
from lstm_assets.graph.failures import reason_of_run
from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
    asset_key,
    op_name,
)
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.runs.queries import ranges
from lstm_assets.graph.runs.settling import reconcile, settle_claims_of
from lstm_assets.graph.tags import CHOOSES_ITSELF, PROCESS, RANGE_END, RANGE_START
from lstm_assets.records.next_round import SearchState, read_search_state
from lstm_assets.settings import Settings
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study

NO_REASON = "the run failed before its first step; see the run in Dagster's UI"
_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run failed, in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class StudyRuns:
    """Makes runs of one study's assets."""

    study: Study
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    settings: Settings

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other command tune the study in this block; repair what a killed one left.

        Raises:
            StoreError: another process is tuning the study.
            HomeError: the folder of the locks cannot be written.
        """
        folder = self.settings.home / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / f"{self.study.code}.lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(
                f"another process is tuning study {self.study.code} in {self.settings.home}. "
                "Wait until it has finished, or stop it."
            ) from None
        except OSError as error:
            raise HomeError(
                f"{folder} cannot be written: {error.strerror}. Set LSTM_ASSETS_HOME to a folder "
                "that can be written."
            ) from error
        with lock:
            reconcile(self.instance, self.study)
            yield

    def build_grid(self, space: Mapping[str, object], *, fetch: bool) -> RunFailure | None:
        """Materialize hyperparameter_grid: the search's next round.

        Args:
            space: the parts of the study's search space to replace.
            fetch: whether to materialize raw_prices and adjusted_prices first.

        Returns:
            Why it failed; None if it succeeded.
        """
        config = {"ops": {op_name(self.study, HYPERPARAMETER_GRID): {"config": {"space": space}}}}
        before = [RAW_PRICES, ADJUSTED_PRICES] if fetch else []
        return self._run([*before, HYPERPARAMETER_GRID], config, {})

    def search_state(self, searched: Study) -> SearchState:
        """Return the search state; `searched` is the study with the space that is searched."""
        with connect(database()) as conn:
            return read_search_state(conn, self.study, searched)

    def train(
        self, codes: Sequence[str], *, workers: int | None, retrain: bool
    ) -> list[RunFailure]:
        """Materialize model_results for these CODE_TASKs; return why runs failed.

        Each unbroken range of CODE_TASKs is one run.
        """
        config: dict[str, Any] = {"retrain": retrain}
        if workers is not None:
            config["workers"] = workers
        run_config = {"ops": {op_name(self.study, MODEL_RESULTS): {"config": config}}}
        failures = []
        for first, last in ranges(self.instance, self.study, codes):
            tags = {RANGE_START: first, RANGE_END: last, CHOOSES_ITSELF: "true"}
            failure = self._run([MODEL_RESULTS], run_config, tags)
            if failure:
                failures.append(failure)
        return failures

    def name_winner(self, space: Mapping[str, object], *, workers: int | None) -> RunFailure | None:
        """Materialize best_model; return why it failed, or None.

        Args:
            space: the parts of the study's search space that were replaced; cells of that space
                may win, too.
            workers: number of processes that train finalists with other seeds; None: one per CPU.
        """
        given = {"space": space} | ({} if workers is None else {"workers": workers})
        config = {"ops": {op_name(self.study, BEST_MODEL): {"config": given}}}
        return self._run([BEST_MODEL], config, {})

    def _run(
        self,
        assets: Sequence[str],
        run_config: dict[str, Any],
        tags: dict[str, str],
    ) -> RunFailure | None:
        keys = [asset_key(self.study, asset) for asset in assets]
        job = self.definitions.resolve_implicit_job_def_def_for_assets(keys)
        if job is None:
            raise dg.DagsterInvariantViolationError(f"no job for {keys}")
        run_id = make_new_run_id()
        result = job.execute_in_process(
            instance=self.instance,
            asset_selection=keys,
            run_config={**_SILENT, **run_config},
            run_id=run_id,
            tags={**tags, PROCESS: this_process(run_id)},
            raise_on_error=False,
        )
        if _interrupted(result):
            # Dagster has recorded it as a failure.
            self.instance.report_run_canceled(result.dagster_run, "stopped on the command line")
            settle_claims_of(self.instance, self.study, run_id)
            raise KeyboardInterrupt
        if result.success:
            return None
        settle_claims_of(self.instance, self.study, run_id)
        return RunFailure(reason_of_run(self.instance, result.dagster_run, NO_REASON))


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Return whether a signal ended the run."""
    failures = [event.job_failure_data for event in result.all_events if event.is_job_failure]
    signals = {KeyboardInterrupt.__name__, dg.DagsterExecutionInterruptedError.__name__}
    return any(each.error and each.error.cls_name in signals for each in failures)
