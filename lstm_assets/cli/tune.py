"""The command `tune`: run a study's whole graph, from prices to the winner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
from rich.console import Console
from rich.markup import escape

from lstm_assets.cells.proposal import Proposal
from lstm_assets.cli import exit_status
from lstm_assets.cli.progress_bar import BarProgress
from lstm_assets.cli.show import page, show_leaderboard
from lstm_assets.cli.streams import say
from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.graph.instance import open_instance
from lstm_assets.graph.runs.in_process import RunFailure, StudyRuns
from lstm_assets.records.leaderboard import read_leaderboard
from lstm_assets.records.next_round import SearchState
from lstm_assets.search.space.space import Space
from lstm_assets.settings import settings
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study
from lstm_assets.tracking.listener import Listener
from lstm_assets.tracking.progress import LogProgress

ROWS_SHOWN = 10


def tune_study(study: Study, searched: Study, *, workers: int | None, retrain: bool) -> int:
    """Run a study's graph, print what happens, and return the command's exit status.

    Args:
        study: the study as its YAML says.
        searched: the same study with the space that is searched: the command line may replace
            parts of it.
        workers: number of training processes; None: one per CPU.
        retrain: whether to also train cells whose result is up to date.

    Returns:
        0; 1 if a cell failed or there is no result; 130 if it was stopped.
    """
    environment = settings()
    database()  # fails at once if the database cannot be reached
    console = page()
    with open_instance(environment) as instance, _progress() as progress:
        runs = StudyRuns(study, definitions_of(study, [progress]), instance, environment)
        with runs.locked():
            try:
                trained, failures = _run(console, runs, searched, workers=workers, retrain=retrain)
            except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
                _print_how_to_resume(console)
                return exit_status.STOPPED
    if trained:  # the bar has ended by now: it writes to the terminal, too
        _show(console, study, searched.space)
    for failure in failures:
        say(f"Error: {failure.reason}", err=True)
    return exit_status.FAILED if failures else 0


def _run(
    console: Console, runs: StudyRuns, study: Study, *, workers: int | None, retrain: bool
) -> tuple[bool, list[RunFailure]]:
    """Run the graph of a study; return whether training was reached, and what failed."""
    console.print(f"Study {study.code}: {escape(study.ticker)} from source {study.source.kind}")
    declared = runs.study.space.written
    replaced = {n: each for n, each in study.space.written.items() if each != declared.get(n)}
    failure = runs.build_grid(replaced, fetch=True)
    if failure:
        return False, [failure]
    search_state = runs.search_state(study)
    codes, failures = search_state.codes(), list[RunFailure]()
    if not codes and not search_state.has_results:
        return False, [_proposes_nothing(search_state)]
    trained, built = set[str](), set[str]()
    while codes:
        built |= search_state.identities(set(codes))
        console.print(_next_cells(study, search_state, codes))
        failures += runs.train(codes, workers=workers, retrain=retrain)
        trained.update(codes)
        search_state = runs.search_state(study)
        proposal = search_state.next
        if proposal.is_repeated:
            break
        if study.search.has_one_round or search_state.proposes_again(built):
            failures.append(_no_progress(search_state, proposal))
            break
        if failure := runs.build_grid(replaced, fetch=False):
            failures.append(failure)
            break
        search_state, retrain = runs.search_state(study), False
        codes = search_state.codes(newest=True)
        if trained.issuperset(codes):
            failures.append(_no_progress(search_state, proposal))
            break
    if search_state.next.ended:
        console.print(f"Search ended: {search_state.next.ended}.")
    elif search_state.open and not failures:
        failures = [
            RunFailure(
                f"the search has not ended: {len(search_state.open)} of its cells have no result "
                "on the current prices, which have changed since. Repeat the command to continue."
            )
        ]
    failure = runs.name_winner(replaced, workers=workers)
    return True, [*failures, failure] if failure else failures


def _proposes_nothing(search_state: SearchState) -> RunFailure:
    """Return why there is no cell to train after the first round was built."""
    proposal = search_state.next
    if search_state.not_stored(proposal):
        return _no_progress(search_state, proposal)
    return RunFailure(f"the search proposes nothing: {proposal.ended}")


def _no_progress(search_state: SearchState, proposal: Proposal) -> RunFailure:
    """Return why the search does not go on although a proposal was built."""
    why = search_state.not_stored(proposal) or "all its cells were trained before"
    return RunFailure(
        f"the search does not go on: round {proposal.round} was built, and {why}. Compare the "
        "columns of TB_HYPERPARAMETER with sql/, and look for triggers and changed rows."
    )


def _next_cells(study: Study, search_state: SearchState, codes: Sequence[str]) -> str:
    """Return a line that says which cells are trained next."""
    count = f"{len(codes)} cell{'s' * (len(codes) != 1)}"
    cells = count + (f", {codes[0]}" if len(codes) == 1 else f", {codes[0]} to {codes[-1]}")
    if study.search.has_one_round:
        return f"Grid: {cells}"
    numbers = search_state.rounds_of(set(codes))
    several = len(numbers) > 1
    rounds = f"rounds {numbers[0]} to {numbers[-1]}" if several else f"round {numbers[0]}"
    return f"Search {study.search.name}, {rounds}: {cells}"


@contextmanager
def _progress() -> Iterator[Listener]:
    """Show progress in this block: as a bar on a terminal, as lines elsewhere."""
    console = Console(stderr=True)
    if console.is_terminal:
        with BarProgress(console) as bar:
            yield bar
    else:
        yield LogProgress(lambda line: say(line, err=True))


def _show(console: Console, study: Study, searched: Space) -> None:
    with connect(database()) as conn:
        board = read_leaderboard(conn, study, ROWS_SHOWN, searched)
    if board.rows:
        show_leaderboard(console, board)


def _print_how_to_resume(console: Console) -> None:
    console.print("Stopped. Every finished cell is stored. Repeat the command to continue.")
