"""How a study's search stands: its trials, the round it proposes next, and what that waits for."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from lstm_assets.cells.proposal import Proposal
from lstm_assets.records.history import read_history
from lstm_assets.records.prices import adjusted_bars
from lstm_assets.search.history import State, Trial
from lstm_assets.search.rounds import propose
from lstm_assets.store.results import read_results
from lstm_assets.store.status import Status, read_statuses
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class OpenCells:
    """The CODE_TASKs of a search that are OPEN, by what is to become of them."""

    to_train: list[str] = field(default_factory=list)  # nobody has, or the run that did died
    canceled: list[str] = field(default_factory=list)  # somebody stopped them
    stale: list[str] = field(default_factory=list)  # they have results on other prices only

    def __len__(self) -> int:
        return len(self.to_train) + len(self.canceled) + len(self.stale)


@dataclass(frozen=True, slots=True)
class SearchState:
    """How a search stands."""

    trials: Sequence[Trial]  # of its rounds so far
    next: Proposal
    open: OpenCells  # those of its cells that have neither a current result nor failed
    has_results: bool  # whether the study has any on its current prices, whoever proposed them

    @property
    def round(self) -> int:
        """The number of its newest round."""
        return max((each.round for each in self.trials), default=0)

    def codes(self, newest: bool = False) -> list[str]:
        """Return the CODE_TASKs of its rounds, or of the newest alone, in order."""
        return [each.code_task for each in self.trials if not newest or each.round == self.round]

    def rounds_of(self, codes: Container[str]) -> list[int]:
        """Return the numbers of the rounds that have some of these cells, in order."""
        return sorted({each.round for each in self.trials if each.code_task in codes})


def read_search_state(conn: Connection, study: Study, asked: Study | None = None) -> SearchState:
    """Return how a study's search stands.

    Args:
        conn: to the database.
        study: whose cells.
        asked: the same study with another space, which is searched instead of its own.

    Raises:
        StoreError: there are no prices, or the study whose prior results it is told has none.
        StudyError: the leaderboard of prior results cannot be read.
    """
    history = read_history(conn, study)
    searched = asked or study
    own = history.of(searched.search.name, searched.space)
    if not own:
        adjusted_bars(conn, study)  # refuses a study without prices
    statuses = {row.code_task: row.status for row in read_statuses(conn, study.code)}
    with_result = {each.code_task for each in read_results(conn, study.code)}
    return SearchState(
        trials=own,
        next=propose(searched.search, searched.space, history),
        open=open_cells(own, statuses, with_result),
        has_results=any(each.code_task and each.state is State.DONE for each in history.trials),
    )


def open_cells(
    own: Iterable[Trial], statuses: Mapping[str, Status], with_result: Container[str]
) -> OpenCells:
    """Tell apart why cells of a search are OPEN.

    One that has a result, of other prices then, is stale, whatever has become of it since. Of the
    others, those that are Canceled were stopped. The rest is to be trained: cells that nobody has
    tried, that a run left behind as Error or Running when it died, or that failed on other prices.

    Args:
        own: trials of the search.
        statuses: STATUS by CODE_TASK.
        with_result: CODE_TASKs that have a result on any prices.
    """
    found = OpenCells()
    for code in (each.code_task for each in own if each.state is State.OPEN):
        if code in with_result:
            found.stale.append(code)
        elif statuses.get(code) is Status.CANCELED:
            found.canceled.append(code)
        else:
            found.to_train.append(code)
    return found
