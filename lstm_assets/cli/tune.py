"""The tune command: a study's whole graph, from prices to the winner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
import dagster as dg
from rich.console import Console
from rich.markup import escape

from lstm_assets.cli import exit_status
from lstm_assets.cli.progress_bar import BarProgress
from lstm_assets.cli.show import page, show_leaderboard
from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.graph.instance import open_instance
from lstm_assets.graph.runs.in_process import RunFailure, StudyRuns
from lstm_assets.records.leaderboard import read_leaderboard
from lstm_assets.records.next_round import SearchState
from lstm_assets.settings import settings
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study
from lstm_assets.tracking.progress import LogProgress, Progress

ROWS_SHOWN = 10


def tune_study(study: Study, asked: Study, *, workers: int | None, retrain: bool) -> int:
    """Run a study's graph and show how it went.

    Args:
        study: as its YAML says.
        asked: the same with the lists of its space that the command line replaced.
        workers: processes that train; None is one a processor.
        retrain: train also cells whose result is up to date.

    Returns:
        The command's exit status: 0, or 1 if a cell failed or there is no result.
    """
    now = settings()
    database()  # says at once if the database is out of reach
    console = page()
    with open_instance(now) as instance, _progress() as progress:
        runs = StudyRuns(study, definitions_of(study, [progress]), instance, now)
        with runs.alone():
            try:
                trained, failures = _run(console, runs, asked, workers=workers, retrain=retrain)
            except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
                _say_how_to_resume(console)
                return exit_status.STOPPED
    if trained:  # the bar is gone by now: both write to the terminal
        _show(console, study)
    for failure in failures:
        click.echo(f"Error: {failure.reason}", err=True)
    return exit_status.FAILED if failures else 0


def _run(
    console: Console, runs: StudyRuns, asked: Study, *, workers: int | None, retrain: bool
) -> tuple[bool, list[RunFailure]]:
    """Run the graph; returns whether it came to training, and what failed."""
    console.print(f"Study {asked.code}: {escape(asked.ticker)} from source {asked.source.kind}")
    written = runs.study.space.written
    replaced = {n: each for n, each in asked.space.written.items() if each != written.get(n)}
    stopped = runs.build_grid(replaced, fetch=True)
    if stopped:
        return False, [stopped]
    state = runs.search_state(asked)
    codes, failures = state.codes(), list[RunFailure]()
    if not codes and not state.has_results:
        return False, [RunFailure(f"the search proposes nothing: {state.next.ended}")]
    while codes:
        console.print(_round(asked, state, codes))
        failures += runs.train(codes, workers=workers, retrain=retrain)
        state = runs.search_state(asked)
        if state.next.is_repeated:
            break
        if stopped := runs.build_grid(replaced, fetch=False):
            failures.append(stopped)
            break
        state, retrain = runs.search_state(asked), False
        codes = state.codes(newest=True)
    if state.next.ended:
        console.print(f"Search ended: {state.next.ended}.")
    elif state.open and not failures:
        failures = [
            RunFailure(
                f"the search has not ended: {len(state.open)} of its cells have no result on the "
                "current prices, which have changed meanwhile. The same command goes on from here."
            )
        ]
    stopped = runs.name_winner()
    return True, [*failures, stopped] if stopped else failures


def _round(study: Study, state: SearchState, codes: Sequence[str]) -> str:
    """Say what is trained next."""
    some = f"{len(codes)} cell{'s' * (len(codes) != 1)}"
    cells = some + (f", {codes[0]}" if len(codes) == 1 else f", {codes[0]} to {codes[-1]}")
    if study.search.has_one_round:
        return f"Grid: {cells}"
    rounds = state.rounds_of(set(codes))
    which = f"rounds {rounds[0]} to {rounds[-1]}" if len(rounds) > 1 else f"round {rounds[0]}"
    return f"Search {study.search.name}, {which}: {cells}"


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, lines elsewhere."""
    console = Console(stderr=True)
    if console.is_terminal:
        with BarProgress(console) as bar:
            yield bar
    else:
        yield LogProgress(lambda line: click.echo(line, err=True))


def _show(console: Console, study: Study) -> None:
    with connect(database()) as conn:
        board = read_leaderboard(conn, study, ROWS_SHOWN)
    if board.rows:
        show_leaderboard(console, board)


def _say_how_to_resume(console: Console) -> None:
    console.print("Stopped. Every finished cell is stored; the same command goes on from there.")
