"""The report as an HTML page that needs no other file and no network.

Pictures are data URIs, and the styles are in the page. There is no script and no link to another
page.
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
from lstm_assets.records.leaderboard import Row as LeaderboardRow
from lstm_assets.records.leaderboard import rows_of, varying
from lstm_assets.records.verdict import beside
from lstm_assets.report.findings import Findings
from lstm_assets.report.search_plots import plain
from lstm_assets.search.history import State
from lstm_assets.training.series import code_version

ROWS_SHOWN = 20  # of the leaderboard
MOST_FAILED = 50
MOST_ROUNDS = 100
_TEMPLATE = "page.html"

Pairs: TypeAlias = list[tuple[str, str]]  # name and text, in the order of the page
Row: TypeAlias = dict[str, Any]


def write_report(path: Path, page: str) -> None:
    """Write a page to a file, completely or not at all; a device or a pipe is written to.

    Raises:
        HomeError: the path is a folder, or cannot be written.
    """
    if path.is_dir():
        raise HomeError(f"{path} is a folder. Name a file, e.g. `-o {path / 'report.html'}`.")
    try:
        if path.exists() and not path.is_file():
            path.write_text(page, encoding="utf-8")  # a file must not take the device's place
        else:
            write_file(path, page.encode())
    except OSError as error:
        raise HomeError(
            f"{path} cannot be written: {error.strerror}. Name another file with -o."
        ) from error
    except HomeError as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
        raise HomeError(f"{path} cannot be written: {why}. Name another file with -o.") from error


def as_page(findings: Findings, now: datetime.datetime) -> str:
    """Return the page as HTML; `now` is in UTC. All text that people wrote is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = _render_markdown
    best = findings.best
    return environment.get_template(_TEMPLATE).render(
        study=findings.study,
        best=best,
        best_is_current=findings.best_is_current,
        best_is_outside=best.code_task in findings.scored.outside,
        verdict=best.verdict,
        facts=_facts(findings),
        beside=[*beside(best)],
        figures=_figures(findings),
        winner=_winner(findings),
        search=_search(findings),
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


def _render_markdown(markdown: str) -> Any:
    """Return a plot's markdown as HTML. HTML in it is shown as text; only pictures are linked."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    reader.validateLink = lambda url: url.startswith("data:image/svg+xml,")  # type: ignore[method-assign]
    return Markup(reader.render(markdown))  # noqa: S704 - the reader has escaped the text


def _facts(findings: Findings) -> Pairs:
    """Return the facts below the title."""
    study, scored = findings.study, findings.scored
    begin = scored.evaluation_start(findings.selection.winner.code_task)
    dates = scored.series.dates
    evaluation = [date for date in dates if date.replace("-", "") >= begin]
    return [
        ("ticker", study.ticker),
        ("source", study.source.kind),
        ("bars", _count_and_range(dates)),
        (
            "evaluation bars",
            _count_and_range(evaluation),
        ),
        ("price", study.price),
        ("model", study.model),
    ]


def _count_and_range(dates: Sequence[str]) -> str:
    """Return the number of dates, the first and the last."""
    return f"{len(dates):,}, {dates[0]} to {dates[-1]}"


def _figures(findings: Findings) -> Pairs:
    """Return the main numbers, which are at the top of the page."""
    trials, best = findings.trials, findings.best
    done = sum(trial.state is State.DONE for trial in trials)
    accuracy = findings.winner.accuracy if findings.winner else None
    return [
        ("MSE of the winner", f"{best.mse:.6g}"),
        ("MSE of the naive forecast", f"{best.mse_naive:.6g}"),
        ("directions right", "-" if accuracy is None else f"{accuracy:.1%}"),
        ("cells with a result", f"{done:,} of {len(trials):,}"),
        ("rounds", f"{len(findings.rounds):,}"),
        ("epochs trained", f"{findings.epochs:,}"),
        ("training time", _duration(findings.seconds)),
    ]


def _duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `1 h 5 min`."""
    whole = round(seconds)
    for size, unit, small, below in ((3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size:,} {unit} {whole % size // small} {below}"
    return f"{seconds:.1f} s"


def _winner(findings: Findings) -> Pairs:
    """Return the hyperparameters of the winner; none if its cell is not in the tables any more."""
    cell = findings.scored.cells.get(findings.best.code_task)
    return _pairs(cell.hyperparameters) if cell else []


def _pairs(values: Mapping[str, object]) -> Pairs:
    return [(name, _value(value)) for name, value in values.items()]


def _value(value: object) -> str:
    """Return a value as in a study's YAML, without the brackets around a list or a range."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(plain(each)) for each in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _search(findings: Findings) -> Pairs:
    """Return the keys of the study's search, without its space."""
    study = findings.study
    keys = study.search.model_dump(exclude_none=True)
    prior = study.prior_results
    prior_results: Pairs = []
    if prior and prior.study:
        prior_results = [("warm_start.study", prior.study)]
    elif prior:
        prior_results = [("warm_start.leaderboard", prior.leaderboard.name)]
    return [("method", study.search.name), *_pairs(keys), *prior_results]


def _space(findings: Findings) -> Pairs:
    """Return the search space, and its constraint if it has one."""
    space = findings.study.space
    constraint = [("constraint", space.constraint.text)] if space.constraint else []
    return [*_pairs(space.written), *constraint]


def _board(findings: Findings) -> dict[str, Any]:
    """Return the best results, with the hyperparameters in which they differ."""
    scored = findings.scored
    ranked = findings.selection.ranked[:ROWS_SHOWN]
    board = rows_of(ranked, scored.cells, scored, scored.outside, findings.baselines)
    names = varying([row.values for row in board])
    methods = len({round_.method for round_ in findings.rounds})
    rows: list[Row] = [
        _row(row, names, findings.best, several_methods=methods > 1) for row in board
    ]
    return {
        "names": names,
        "rows": rows,
        "ranked": len(ranked),
        "baselines": len(findings.baselines),
        "has_rounds": len(findings.rounds) > 1,
        "has_partial": any(row.is_partial for row in board),
        "has_outside": any(row.is_outside for row in board),
    }


def _row(row: LeaderboardRow, names: Sequence[str], best: Best, *, several_methods: bool) -> Row:
    """Return a row of the leaderboard as the template needs it."""
    result, cell = row.result, row.cell
    mse, naive = result.mse or 0.0, row.mse_naive
    method, number = (cell.method, cell.round) if cell else ("-", "-")
    return {
        "rank": row.rank or "",
        "code": result.code_task,
        "is_winner": result.code_task == best.code_task,
        "is_partial": row.is_partial,
        "is_outside": row.is_outside,
        "mse": f"{mse:.6g}",
        "beside_naive": f"{mse / naive - 1:+.1%}" if naive else "-",
        "loss": "-" if result.loss is None else f"{result.loss:.3g}",
        "accuracy": "-" if result.accuracy is None else f"{result.accuracy:.1%}",
        "round": f"{method} {number}" if several_methods else str(number),
        "values": [_value(row.values.get(name, "-")) for name in names],
    }


def _plots(findings: Findings) -> Pairs:
    """Return the plots, each with its title and its markdown."""
    plots, of_verdict = findings.search_plots, findings.verdict_plots
    about_verdict: Pairs = []
    if of_verdict is not None:
        about_verdict = [
            ("Train, validation and holdout", of_verdict.parts),
            ("Gain over the naive forecast on the holdout", of_verdict.gain_over_time),
            ("The best of all tries beside luck", of_verdict.best_of_tries),
            ("The finalists and their seeds", of_verdict.finalists),
        ]
    return [
        *about_verdict,
        ("Best MSE so far by cell", plots.best_so_far),
        ("Importance of each hyperparameter", plots.importance),
        ("MSE against each hyperparameter", plots.mse_by_hyperparameter),
        ("Results as lines through their hyperparameters", plots.parallel_coordinates),
        ("The winner's forecasts", findings.forecasts),
        ("Prices", findings.prices),
    ]


def _failed(findings: Findings) -> list[Row]:
    """Return the cells that failed, each with the reason and the hyperparameters that vary."""
    cells = findings.scored.cells
    names = varying([cell.hyperparameters for cell in cells.values()])
    return [
        {
            "code": row.code_task,
            "why": row.note or "no reason was stored",
            "values": _pairs(
                {n: v for n, v in cells[row.code_task].hyperparameters.items() if n in names}
            ),
        }
        for row in findings.failed[:MOST_FAILED]
    ]


def _versions(findings: Findings) -> Pairs:
    """Return what identifies the winner, the prices and the code."""
    winner = findings.winner
    data_version = winner.data_version if winner and winner.data_version else "not known"
    return [
        ("version of the model", str(findings.best.version_model)),
        ("data version of the winner", data_version),
        ("digest of the prices", findings.scored.series.digest()),
        ("version of the code that trains and scores", code_version(findings.study.model)),
    ]
