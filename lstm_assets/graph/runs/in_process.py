"""The graph of one study as real Dagster runs in this process, recorded in the instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.utils import make_new_run_id
from filelock import FileLock, Timeout

from lstm_assets.cells.proposal import Proposal
from lstm_assets.errors import HomeError, StoreError
from lstm_assets.graph.io_managers.cells import CellTables
from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
    asset_key,
)
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.runs.queries import ranges
from lstm_assets.graph.runs.settling import reconcile
from lstm_assets.graph.tags import CHOOSES_ITSELF, PROCESS, RANGE_END, RANGE_START
from lstm_assets.search.history import State, Trial
from lstm_assets.search.rounds import propose
from lstm_assets.settings import Settings
from lstm_assets.study import Study

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run failed, in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Search:
    """How a search stands."""

    trials: list[Trial]  # of its rounds so far
    next: Proposal
    has_results: bool  # whether the study has any on its current prices, whoever proposed them

    @property
    def round(self) -> int:
        """The number of its newest round."""
        return max((each.round for each in self.trials), default=0)

    @property
    def open(self) -> int:
        """How many of its cells have neither a result on the current prices nor failed."""
        return sum(each.state is State.OPEN for each in self.trials)

    def codes(self, newest: bool = False) -> list[str]:
        """Return the CODE_TASKs of its rounds, or of the newest alone, in order."""
        return [each.code_task for each in self.trials if not newest or each.round == self.round]


@dataclass(frozen=True, slots=True)
class StudyRuns:
    """Runs of one study's assets."""

    study: Study
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    settings: Settings

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other commands off the study meanwhile; mend what a killed one left behind.

        Raises:
            StoreError: another process is tuning the study.
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
            space: hyperparameters of the study's search space to replace.
            fetch: materialize raw_prices and adjusted_prices before it.
        """
        config = {
            "ops": {f"{self.study.name}__{HYPERPARAMETER_GRID}": {"config": {"space": space}}}
        }
        before = [RAW_PRICES, ADJUSTED_PRICES] if fetch else []
        return self._run([*before, HYPERPARAMETER_GRID], config, {})

    def search(self, study: Study) -> Search:
        """Return how the search stands of this study, or of one with another space."""
        history = CellTables(study).history()
        return Search(
            history.of(study.search.name, study.space),
            propose(study.search, study.space, history),
            any(each.code_task and each.state is State.DONE for each in history.trials),
        )

    def train(
        self, codes: Sequence[str], *, workers: int | None, retrain: bool
    ) -> list[RunFailure]:
        """Materialize model_results for these CODE_TASKs, a run for each unbroken range of them."""
        config: dict[str, Any] = {"retrain": retrain}
        if workers is not None:
            config["workers"] = workers
        run_config = {"ops": {f"{self.study.name}__{MODEL_RESULTS}": {"config": config}}}
        failures = []
        for first, last in ranges(self.instance, self.study, codes):
            tags = {RANGE_START: first, RANGE_END: last, CHOOSES_ITSELF: "true"}
            failure = self._run([MODEL_RESULTS], run_config, tags)
            if failure:
                failures.append(failure)
        return failures

    def choose(self) -> RunFailure | None:
        """Materialize best_model."""
        return self._run([BEST_MODEL], {}, {})

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
            # Dagster has taken it for one more way to fail.
            self.instance.report_run_canceled(result.dagster_run, "stopped on the command line")
            raise KeyboardInterrupt
        return None if result.success else RunFailure(_reason(result))


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a signal ended the run."""
    ends = [event.job_failure_data for event in result.all_events if event.is_job_failure]
    signals = {KeyboardInterrupt.__name__, dg.DagsterExecutionInterruptedError.__name__}
    return any(end.error and end.error.cls_name in signals for end in ends)


def _reason(result: dg.ExecuteInProcessResult) -> str:
    """Return a failed run's first error as one line."""
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                return str(data.user_failure_data.description)
            if data.error:
                cause = data.error.cause or data.error
                return " ".join(cause.message.split())
    return "the run failed before its first step; see the run in Dagster's UI"
