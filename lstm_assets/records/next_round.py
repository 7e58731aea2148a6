"""What a search waits for before its next round: the cells of it that have no result yet.

No Dagster in this module.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
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


def open_cells(
    own: Iterable[Trial], statuses: Mapping[str, Status], scored: Container[str]
) -> OpenCells:
    """Tell apart why cells of a search are OPEN.

    One that has a result, of other prices then, is stale, whatever has become of it since. Of the
    others, those that are Canceled were stopped. The rest is to be trained: cells that nobody has
    tried, that a run left behind as Error or Running when it died, or that failed on other prices.

    Args:
        own: trials of the search.
        statuses: STATUS by CODE_TASK.
        scored: CODE_TASKs that have a result on any prices.
    """
    found = OpenCells()
    for code in (each.code_task for each in own if each.state is State.OPEN):
        if code in scored:
            found.stale.append(code)
        elif statuses.get(code) is Status.CANCELED:
            found.canceled.append(code)
        else:
            found.to_train.append(code)
    return found


def read_next(conn: Connection, study: Study) -> tuple[Proposal, OpenCells]:
    """Return the round that a study's search proposes, and what it waits for before.

    Raises:
        StoreError: there are no prices, or the study to start warm from has no results.
        StudyError: the leaderboard to start warm from cannot be read.
    """
    history = read_history(conn, study)
    own = history.of(study.search.name, study.space)
    if not own:
        adjusted_bars(conn, study)  # refuses a study without prices
    statuses = {row.code_task: row.status for row in read_statuses(conn, study.code)}
    scored = {each.code_task for each in read_results(conn, study.code)}
    return propose(study.search, study.space, history), open_cells(own, statuses, scored)
