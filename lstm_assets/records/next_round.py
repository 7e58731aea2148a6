"""The search state of a study: its trials, the round it proposes next, and its open cells."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from lstm_assets.cells.proposal import Proposal
from lstm_assets.cells.values import Values, identity
from lstm_assets.records.history import read_history
from lstm_assets.records.prices import adjusted_bars
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.rounds import propose
from lstm_assets.store.results import read_results
from lstm_assets.store.status import Status, read_statuses
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class OpenCells:
    """The CODE_TASKs of a search that are OPEN, by the reason."""

    to_train: list[str] = field(default_factory=list)  # no run has tried them, or the run died
    canceled: list[str] = field(default_factory=list)  # somebody stopped them
    stale: list[str] = field(default_factory=list)  # they have results on other prices only

    def __len__(self) -> int:
        return len(self.to_train) + len(self.canceled) + len(self.stale)


@dataclass(frozen=True, slots=True)
class SearchState:
    """The state of a search."""

    trials: Sequence[Trial]  # of its rounds so far
    next: Proposal
    open: OpenCells  # its cells that have no current result and have not failed
    has_results: bool  # whether the study has current results, also from other searches
    history: History  # everything that the search knows

    @property
    def round(self) -> int:
        """The number of the newest round."""
        return max((trial.round for trial in self.trials), default=0)

    def codes(self, newest: bool = False) -> list[str]:
        """Return the CODE_TASKs of all rounds, or only of the newest round, in order."""
        return [trial.code_task for trial in self.trials if not newest or trial.round == self.round]

    def rounds_of(self, codes: Container[str]) -> list[int]:
        """Return the numbers of the rounds with at least one of these cells, in order."""
        return sorted({trial.round for trial in self.trials if trial.code_task in codes})

    def identities(self, codes: Container[str]) -> set[str]:
        """Return the identities of the values of these cells."""
        model = self.history.model
        return {
            identity(model, each.values) for each in self.history.own if each.code_task in codes
        }

    def proposes_again(self, built: Container[str]) -> bool:
        """Return whether the next round has values that were built before, and are stored no more.

        Args:
            built: identities of the values of earlier rounds.
        """
        return any(
            self.history.code_of(each.values) is None
            and identity(self.history.model, each.values) in built
            for each in self.next.cells
        )

    def not_stored(self, proposal: Proposal) -> str:
        """Return which cell of a proposal no row has, in one sentence; empty if all are stored.

        A table that rounds numbers, a trigger, or a person may have changed the row. Such a
        proposal is made again and again, because the search never finds its cells.
        """
        lost = [each for each in proposal.cells if self.history.code_of(each.values) is None]
        if not lost:
            return ""
        return (
            f"{len(lost)} of its {len(proposal.cells)} cells are not among the stored ones: "
            f"{_difference(lost[0].values, self.history.own)}"
        )


def _difference(values: Values, own: Sequence[Trial]) -> str:
    """Return how the stored cell that is closest to these values differs from them."""

    def differing(trial: Trial) -> list[str]:
        return [name for name, value in values.items() if trial.values.get(name) != value]

    if not own:
        return f"TB_HYPERPARAMETER has no cell with {values}"
    closest = min(reversed(own), key=lambda trial: len(differing(trial)))  # the newest of equals
    changes = " and ".join(
        f"{name} {values[name]!r} is {closest.values.get(name)!r}" for name in differing(closest)
    )
    return f"in {closest.code_task}, the closest, {changes or 'other hyperparameters differ'}"


def read_search_state(conn: Connection, study: Study, searched: Study | None = None) -> SearchState:
    """Return the search state of a study.

    Args:
        conn: a connection to the database.
        study: the study with the cells.
        searched: the same study with another space, if that is searched instead of its own.

    Raises:
        StoreError: there are no prices, or the study of the prior results has no results.
        StudyError: the leaderboard file of the prior results cannot be read.
    """
    history = read_history(conn, study)
    searched = searched or study
    own = history.of(searched.search.name, searched.space)
    if not own:
        adjusted_bars(conn, study)  # raises an error if the study has no prices
    statuses = {row.code_task: row.status for row in read_statuses(conn, study.code)}
    with_result = {result.code_task for result in read_results(conn, study.code)}
    return SearchState(
        trials=own,
        next=propose(searched.search, searched.space, history),
        open=open_cells(own, statuses, with_result),
        has_results=any(trial.state is State.DONE for trial in history.own),
        history=history,
    )


def open_cells(
    own: Iterable[Trial], statuses: Mapping[str, Status | str], with_result: Container[str]
) -> OpenCells:
    """Return the OPEN cells of a search, sorted by the reason.

    A cell with a result is stale, whatever its STATUS is: the result must be on other prices. Of
    the others, cells that are Canceled were stopped. The rest is to be trained: no run has tried
    them, or a run that died left them as Error or Running, or they failed on other prices.

    Args:
        own: the trials of the search.
        statuses: STATUS by CODE_TASK.
        with_result: CODE_TASKs that have a result, on any prices.
    """
    cells = OpenCells()
    for code in (trial.code_task for trial in own if trial.state is State.OPEN):
        if code in with_result:
            cells.stale.append(code)
        elif statuses.get(code) is Status.CANCELED:
            cells.canceled.append(code)
        else:
            cells.to_train.append(code)
    return cells
