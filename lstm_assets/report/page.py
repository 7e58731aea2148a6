"""The page of a report: HTML that needs nothing beside itself.

Pictures are data URIs and styles stand in the page; there is no script and no link to elsewhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import lstm_assets
from lstm_assets.cells.result import Best
from lstm_assets.common.files import write_file
from lstm_assets.errors import HomeError
from lstm_assets.evaluation.selection import verdict
from lstm_assets.records.leaderboard import Row as LeaderboardRow
from lstm_assets.records.leaderboard import rows_of, varying
from lstm_assets.report.findings import Findings
from lstm_assets.report.search_plots import plain
from lstm_assets.search.history import State
from lstm_assets.training.series import code_version

ROWS_SHOWN = 20  # of the leaderboard
MOST_FAILED = 50
MOST_ROUNDS = 100
_TEMPLATE = "page.html"

Pairs: TypeAlias = list[tuple[str, str]]  # what, and what is to be told of it
Row: TypeAlias = dict[str, Any]


def write_report(path: Path, page: str) -> None:
    """Write a page whole or not at all.

    Raises:
        HomeError: it is a folder, or cannot be written.
    """
    if path.is_dir():
        raise HomeError(f"{path} is a folder. Name a file, e.g. `-o {path / 'report.html'}`.")
    try:
        write_file(path, page.encode())
    except HomeError as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
        raise HomeError(f"{path} cannot be written: {why}. Name another file with -o.") from error


def as_page(findings: Findings, now: datetime.datetime) -> str:
    """Return the page; `now` is in UTC. All text of people's own is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = _rendered
    best = findings.best
    return environment.get_template(_TEMPLATE).render(
        study=findings.study,
        best=best,
        best_is_current=findings.best_is_current,
        verdict=verdict(best.mse, best.mse_naive),
        facts=_facts(findings),
        figures=_figures(findings),
        winner=_winner(findings),
        settings=_settings(findings),
        space=_space(findings),
        rounds=findings.rounds[:MOST_ROUNDS] if len(findings.rounds) > 1 else [],
        all_rounds=len(findings.rounds),
        board=_board(findings),
        results=len(findings.selection.ranked),
        stale=len(findings.selection.stale),
        plots=_plots(findings),
        failed=_failed(findings),
        all_failed=len(findings.failed),
        versions=_versions(findings),
        generated=now.strftime("%Y-%m-%d %H:%M UTC"),
        version=lstm_assets.__version__,
    )


def _rendered(markdown: str) -> Any:
    """Return a plot's markdown as HTML: raw HTML is shown as text, and no link leads elsewhere."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    reader.validateLink = lambda url: url.startswith("data:image/svg+xml,")  # type: ignore[method-assign]
    return Markup(reader.render(markdown))  # noqa: S704 - it has escaped what it was given


def _facts(findings: Findings) -> Pairs:
    """Return what stands below the title."""
    study, scored = findings.study, findings.scored
    begin = scored.evaluation_start(findings.selection.winner.code_task)
    dates = scored.series.dates
    return [
        ("ticker", study.ticker),
        ("source", study.source.kind),
        ("bars", _between(dates)),
        ("evaluation bars", _between([day for day in dates if day.replace("-", "") >= begin])),
        ("price", study.price),
        ("model", study.model),
    ]


def _between(dates: Sequence[str]) -> str:
    return f"{len(dates):,}, {dates[0]} to {dates[-1]}"


def _figures(findings: Findings) -> Pairs:
    """Return the numbers that are to be seen first."""
    trials, best = findings.trials, findings.best
    done = sum(each.state is State.DONE for each in trials)
    accuracy = findings.winner.accuracy if findings.winner else None
    return [
        ("MSE of the winner", f"{best.mse:.6g}"),
        ("MSE of the naive forecast", f"{best.mse_naive:.6g}"),
        ("directions right", "-" if accuracy is None else f"{accuracy:.1%}"),
        ("cells with a result", f"{done:,} of {len(trials):,}"),
        ("rounds", f"{len(findings.rounds):,}"),
        ("epochs trained", f"{findings.epochs:,}"),
        ("time of training", _duration(findings.seconds)),
    ]


def _duration(seconds: float) -> str:
    """Say a time in its two largest units."""
    whole = round(seconds)
    for size, unit, small, below in ((3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size:,} {unit} {whole % size // small} {below}"
    return f"{seconds:.1f} s"


def _winner(findings: Findings) -> Pairs:
    cell = findings.scored.cells.get(findings.best.code_task)
    return _told(cell.hyperparameters) if cell else []


def _told(values: Mapping[str, object]) -> Pairs:
    return [(name, _value(value)) for name, value in values.items()]


def _value(value: object) -> str:
    """Write a value as a study's YAML does, without the brackets around a list or a range."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(plain(each)) for each in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _settings(findings: Findings) -> Pairs:
    study = findings.study
    given = study.search.model_dump(exclude_none=True)
    prior = study.prior_results
    sources: Pairs = []
    if prior and prior.study:
        sources = [("warm_start.study", prior.study)]
    elif prior:
        sources = [("warm_start.leaderboard", prior.leaderboard.name)]
    return [
        ("method", study.search.name),
        *_told(given),
        *sources,
    ]


def _space(findings: Findings) -> Pairs:
    space = findings.study.space
    rule = [("constraint", space.constraint.text)] if space.constraint else []
    return [*_told(space.written), *rule]


def _board(findings: Findings) -> dict[str, Any]:
    """Return the best results, with the hyperparameters that differ among them."""
    scored = findings.scored
    board = rows_of(findings.selection.ranked[:ROWS_SHOWN], scored.cells, scored)
    names = varying([row.values for row in board])
    methods = len({each.method for each in findings.rounds})
    rows: list[Row] = [
        _row(row, names, findings.best, several_methods=methods > 1) for row in board
    ]
    return {
        "names": names,
        "rows": rows,
        "has_rounds": len(findings.rounds) > 1,
        "has_partial": any(row.is_partial for row in board),
    }


def _row(row: LeaderboardRow, names: Sequence[str], best: Best, *, several_methods: bool) -> Row:
    result, cell = row.result, row.cell
    mse, naive = result.mse or 0.0, row.mse_naive
    method, number = (cell.method, cell.round) if cell else ("-", "-")
    return {
        "code": result.code_task,
        "is_winner": result.code_task == best.code_task,
        "is_partial": row.is_partial,
        "mse": f"{mse:.6g}",
        "beside_naive": f"{mse / naive - 1:+.1%}" if naive else "-",
        "loss": "-" if result.loss is None else f"{result.loss:.3g}",
        "accuracy": "-" if result.accuracy is None else f"{result.accuracy:.1%}",
        "round": f"{method} {number}" if several_methods else str(number),
        "values": [_value(row.values.get(name, "-")) for name in names],
    }


def _plots(findings: Findings) -> Pairs:
    found = findings.search_plots
    return [
        ("Best so far by trial", found.best_so_far),
        ("Importance of each hyperparameter", found.importance),
        ("MSE against each hyperparameter", found.mse_by_hyperparameter),
        ("Results as lines through their hyperparameters", found.parallel_coordinates),
        ("The winner's forecasts", findings.forecasts),
        ("Prices", findings.prices),
    ]


def _failed(findings: Findings) -> list[Row]:
    cells = findings.scored.cells
    names = varying([cell.hyperparameters for cell in cells.values()])
    return [
        {
            "code": each.code_task,
            "why": each.note or "no reason was noted",
            "values": _told(
                {n: v for n, v in cells[each.code_task].hyperparameters.items() if n in names}
            ),
        }
        for each in findings.failed[:MOST_FAILED]
    ]


def _versions(findings: Findings) -> Pairs:
    winner = findings.winner
    known = winner.data_version if winner and winner.data_version else "not known"
    return [
        ("version of the model", str(findings.best.version_model)),
        ("data version of the winner", known),
        ("digest of the prices", findings.scored.series.digest()),
        ("version of the code that trains and scores", code_version(findings.study.model)),
    ]
