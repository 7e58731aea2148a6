"""The lstm-assets command.

Dagster and torch are imported only when a command needs them, because worker processes import this
module too.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

import lstm_assets
from lstm_assets.cli import exit_status
from lstm_assets.cli.streams import safe_streams, say
from lstm_assets.errors import LstmAssetsError, StudyError
from lstm_assets.settings import STUDIES, settings

studies_option = click.option(
    "--studies",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of your studies, one folder per study. Default: the installed studies.",
)

# This command shows failures itself. Without a handler, logging would write alerts to stderr, too.
_DISCARD_ALERTS = logging.NullHandler()


@click.group()
@click.version_option(lstm_assets.__version__, prog_name="lstm-assets")
def cli() -> None:
    """Tune forecasting networks on market prices."""


@cli.command()
@click.argument("study", required=False)
@click.option(
    "--set",
    "replaced",
    multiple=True,
    metavar="NAME=V1[,V2...]",
    help="Replace one hyperparameter of the search space. The value may be YAML, such as "
    "'NAME={low: 1, high: 9}'. Repeat the option for several names.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Number of training processes. Default: one per CPU.",
)
@click.option(
    "--retrain",
    is_flag=True,
    help="Also train cells whose result is up to date, and cells that diverged on the same prices.",
)
@studies_option
def tune(
    study: str | None,
    replaced: tuple[str, ...],
    workers: int | None,
    retrain: bool,
    studies: Path | None,
) -> None:
    """Tune a study: fetch, adjust, build the grid, train, name the winner.

    STUDY is the code of a study or the name of its folder. Leave it out if there is only one.
    """
    from lstm_assets.search.space.reading import ON_COMMAND_LINE

    chosen = _study(study, studies)
    space = _space(replaced)
    searched = chosen.with_space(space, ON_COMMAND_LINE)
    from lstm_assets.cli.tune import tune_study

    raise click.exceptions.Exit(tune_study(chosen, searched, workers=workers, retrain=retrain))


@cli.command("init-db")
@click.option(
    "--widen",
    "is_to_widen",
    is_flag=True,
    help="Also change columns of existing tables that would round or refuse values.",
)
def init_db(is_to_widen: bool) -> None:
    """Create the tables that are missing."""
    from lstm_assets.store.engine import open_engine
    from lstm_assets.store.setup import initialize

    engine = open_engine(settings().database_url)
    if is_to_widen:
        from lstm_assets.store.widening import widen

        widened = widen(engine)
        for each in widened:
            click.echo(f"{each.table}.{each.column}: {each.before} is now {each.after}")
        if not widened:
            click.echo("No column had to be widened.")
    outcomes = initialize(engine)
    for table, outcome in outcomes.items():
        say(f"{table}: {outcome}")


@cli.command()
@click.argument("study", required=False)
@studies_option
def status(study: str | None, studies: Path | None) -> None:
    """Show the status of each stage and cell, of one study or of all studies."""
    from lstm_assets.cli.show import page, show_status
    from lstm_assets.store.engine import connect
    from lstm_assets.store.results import read_best
    from lstm_assets.store.setup import readable
    from lstm_assets.store.status import read_statuses

    chosen = [_study(study, studies)] if study else _studies(studies)
    console = page()
    with connect(readable()) as conn:
        for each in chosen:
            statuses, best = read_statuses(conn, each.code), read_best(conn, each.code)
            show_status(console, each.code, statuses, best)


@cli.command()
@click.argument("study", required=False)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show the best N only.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@studies_option
def leaderboard(study: str | None, top: int | None, style: str, studies: Path | None) -> None:
    """Rank a study's results, the smallest MSE first."""
    from lstm_assets.cli.show import page, show_leaderboard
    from lstm_assets.records.leaderboard import as_csv, as_json, read_leaderboard
    from lstm_assets.store.engine import connect
    from lstm_assets.store.setup import readable

    chosen = _study(study, studies)
    with connect(readable()) as conn:
        board = read_leaderboard(conn, chosen, top)
    if style == "csv":
        say(as_csv(board), end="")
    elif style == "json":
        say(as_json(board))
    elif board.rows:
        show_leaderboard(page(), board)
    else:
        say(f"Study {chosen.code} has no results yet. Run `lstm-assets tune {chosen.code}`.")


@cli.command()
@click.argument("study", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write. Default: STUDY.html in the working directory.",
)
@studies_option
def report(study: str | None, output: Path | None, studies: Path | None) -> None:
    """Write a report on a study: one HTML page that opens without a network."""
    from datetime import UTC, datetime

    from lstm_assets.report.findings import read_findings
    from lstm_assets.report.page import as_page, write_report
    from lstm_assets.store.engine import connect
    from lstm_assets.store.setup import readable

    chosen = _study(study, studies)
    path = output or Path(f"{chosen.code}.html")
    with connect(readable()) as conn:
        findings = read_findings(conn, chosen)
    write_report(path, as_page(findings, datetime.now(UTC)))
    say(f"Wrote {path}.")


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@studies_option
def dev(port: int, studies: Path | None) -> None:
    """Open Dagster's UI at 127.0.0.1."""
    from lstm_assets.graph.instance import open_instance, prepare_dagster_home
    from lstm_assets.settings import HOME
    from lstm_assets.store.setup import database
    from lstm_assets.study.file import read_studies

    if studies:
        os.environ[STUDIES] = str(studies.absolute())
    read_studies(settings().studies)
    os.environ[HOME] = str(settings().home)  # the UI's processes may run in other folders
    database()
    prepare_dagster_home(settings())
    with open_instance(settings()):
        pass  # fails with one line if a database cannot be reached; Dagster would not
    command = [sys.executable, "-m", "dagster", "dev", "-m", "lstm_assets.definitions"]
    os.execv(sys.executable, [*command, "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606


def main() -> None:
    """Run the command. Write an error meant for people as one line to stderr."""
    logging.getLogger("lstm_assets.alerts").addHandler(_DISCARD_ALERTS)
    with safe_streams() as streams:
        status = _run()
        if refusal := streams.refusal():
            say(f"Error: {refusal}", err=True)
            status = status or exit_status.FAILED
    if status:
        sys.exit(status)


def _run() -> int:
    """Run the command and return its exit status."""
    try:
        return cli.main(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return exit_status.STOPPED
    except LstmAssetsError as error:
        say(f"Error: {error}", err=True)
        return exit_status.USAGE if isinstance(error, StudyError) else exit_status.FAILED


def _studies(folder: Path | None) -> list[Any]:
    """Return the studies in this folder; without one, those that the environment names."""
    from lstm_assets.study.file import read_studies

    if folder:
        os.environ[STUDIES] = str(folder.absolute())
    return list(read_studies(settings().studies).values())


def _study(name: str | None, folder: Path | None) -> Any:
    """Return the study with this code or folder name; without a name, the only study."""
    studies = _studies(folder)
    codes = ", ".join(study.code for study in studies)
    if name is None:
        if len(studies) > 1:
            raise StudyError(f"there are several studies: {codes}. Name one.")
        return studies[0]
    for study in studies:
        if name in (study.code, study.name):
            return study
    raise StudyError(f"there is no study {name!r}. Allowed: {codes}.")


def _space(replaced: tuple[str, ...]) -> dict[str, Any]:
    """Return what the --set options replace, by name. The study checks names and values."""
    space: dict[str, Any] = {}
    for option in replaced:
        name, equals, values = option.partition("=")
        if not equals or not name:
            raise StudyError(
                f"--set {option!r} is not NAME=V1[,V2...]. Write e.g. `--set epoch=20,30`."
            )
        if name in space:
            raise StudyError(f"--set {name} is given twice. Write `--set {name}=V1,V2`.")
        space[name] = _values(name, values)
    return space


def _values(name: str, text: str) -> Any:
    """Parse the text after NAME=: values between commas, or YAML in braces or brackets."""
    from lstm_assets.study.reader import read_yaml

    if not text.lstrip().startswith(("{", "[")):
        return [_value(each.strip()) for each in text.split(",")] if text else []
    try:
        return read_yaml(text)
    except StudyError as error:
        raise StudyError(f"--set {name} is {text!r}: {error}") from None


def _value(text: str) -> Any:
    """Parse one value. What is no YAML stays a text, which its hyperparameter refuses or takes."""
    from lstm_assets.study.reader import read_yaml

    try:
        return read_yaml(text) if text else ""
    except StudyError:
        return text
