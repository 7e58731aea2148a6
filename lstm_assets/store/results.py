"""The cells' results: TB_MODELRESULT, TB_MODELHISTORY and TB_BESTMODEL. The caller commits."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from lstm_assets.cells.codes import by_number, cell_index
from lstm_assets.cells.result import NO_VERDICT, Baseline, Best, Result, Version
from lstm_assets.store.fitting import fitted
from lstm_assets.store.status import Status, set_status
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import insert, replace, upsert

_OF_A_WINNER = ("CODE_TASK", "VERSION_MODEL", "MSE", "MSE_NAIVE")  # another program left NULL there
_OF_THE_NEWEST = (  # fields that TB_MODELRESULT has; the history has all
    "code_task",
    "ticker",
    "version_model",
    "date_b_train",
    "date_e_train",
    "date_b_test",
    "date_e_test",
    "loss",
    "accuracy",
    "mse",
)


def write_result(conn: Connection, result: Result) -> None:
    """Write a cell's result as its newest version, and its status as Completed.

    Raises:
        StoreError: the history already has this version of the cell.
    """
    row = _row(result)
    newest = {name: row[name] for name in row if name.lower() in _OF_THE_NEWEST}
    upsert(conn, table(conn, "TB_MODELRESULT"), [newest])
    insert(conn, table(conn, "TB_MODELHISTORY"), [row])
    code = result.code_task
    set_status(
        conn, code, Status.COMPLETED, ticker=result.ticker, idx_task=cell_index(code), note=""
    )


def write_repeat(conn: Connection, result: Result) -> None:
    """Write what another training of a cell scored: with another seed, or on an earlier fold.

    The cell's newest version and its status stay as they are.

    Raises:
        StoreError: the history already has this version of the cell.
    """
    insert(conn, table(conn, "TB_MODELHISTORY"), [_row(result)])


def write_ranking_scores(conn: Connection, result: Result) -> None:
    """Write what only ranks a stored version of a cell: its relative MSE, and that of its folds."""
    history = table(conn, "TB_MODELHISTORY")
    scores = {
        "RELATIVE_MSE": result.relative_mse,
        "FOLDS_MEAN": result.folds_mean,
        "FOLDS_SD": result.folds_sd,
    }
    conn.execute(
        history.update()
        .where(history.c["CODE_TASK"] == result.code_task)
        .where(history.c["VERSION_MODEL"] == result.version_model)
        .values(scores)
    )


def read_repeats(conn: Connection, study_code: str, code_task: str | None = None) -> list[Result]:
    """Return every other training of a study's cells, or of one, the oldest of each cell first."""
    history = table(conn, "TB_MODELHISTORY")
    code = history.c["CODE_TASK"]
    query = history.select().where(~_is_own(history))
    wanted = code == code_task if code_task else of_study(code, study_code)
    ordered = query.where(wanted).order_by(history.c["VERSION_MODEL"])
    return [_result(row, None) for row in conn.execute(ordered).mappings()]


def read_results(conn: Connection, study_code: str) -> list[Result]:
    """Return the newest version of each cell's result, in order of the cells' numbers."""
    rows = _rows(conn, "TB_MODELRESULT", study_code)
    # Joined here, not in SQL: the tables of the reference system and of the platform may have
    # different collations, and a server refuses to compare such columns.
    history = {_version(row): row for row in _newest_rows(conn, study_code)}
    results = [_result(row, history.get(_version(row))) for row in rows]
    return sorted(results, key=lambda result: by_number(result.code_task))


def read_versions(conn: Connection, study_code: str) -> dict[str, dict[int, Version]]:
    """Return every version of every cell of a study: by CODE_TASK, then by version.

    Results of other programs, which have no SEED, are left out: nothing is known of their training.
    """
    history = table(conn, "TB_MODELHISTORY")
    c = history.c
    query = select(c.CODE_TASK, c.VERSION_MODEL, c.DATA_VERSION, c.DATE_E_TRAIN)
    versions: dict[str, dict[int, Version]] = {}
    for code, version, data_version, date_e_train in conn.execute(
        query.where(of_study(c.CODE_TASK, study_code) & c.SEED.is_not(None) & _is_own(history))
    ):
        versions.setdefault(code, {})[version] = Version(data_version, date_e_train or "")
    return versions


def newest_bar_seen(conn: Connection, study_code: str) -> str | None:
    """Return the date of the newest bar that scored a result of the study, YYYYMMDD.

    None without results. A date that another program wrote in another form is left out.
    """
    results = table(conn, "TB_MODELRESULT")
    query = select(results.c["DATE_E_TEST"]).distinct()
    dates = conn.scalars(query.where(of_study(results.c.CODE_TASK, study_code)))
    return max((each for each in dates if _is_date(each)), default=None)


def read_version(conn: Connection, code_task: str, version_model: int) -> Result | None:
    """Return one version of one cell's result; None if the history does not have it."""
    history = table(conn, "TB_MODELHISTORY")
    query = history.select().where(history.c["CODE_TASK"] == code_task)
    query = query.where(history.c["VERSION_MODEL"] == version_model)
    row = conn.execute(query).mappings().one_or_none()
    return _result(row, None) if row else None


def newest_version(conn: Connection, code_task: str) -> int:
    """Return the highest version of a cell in its result and its history; 0 if it has none."""
    newest = 0
    for name in ("TB_MODELRESULT", "TB_MODELHISTORY"):
        source = table(conn, name)
        query = select(func.max(source.c.VERSION_MODEL)).where(source.c["CODE_TASK"] == code_task)
        newest = max(newest, conn.scalar(query) or 0)
    return newest


def write_best(conn: Connection, best: Best) -> None:
    """Write a study's winner; it replaces the previous one, which stays in TB_BESTHISTORY."""
    row = {name.upper(): value for name, value in asdict(best).items()}
    winners, history = table(conn, "TB_BESTMODEL"), table(conn, "TB_BESTHISTORY")
    row["NOTE"] = fitted(conn, winners.c["NOTE"], best.note)
    upsert(conn, winners, [row])
    number = select(func.max(history.c["NUMBER"])).where(history.c["CODE_STUDY"] == best.code_study)
    insert(conn, history, [row | {"NUMBER": (conn.scalar(number.with_for_update()) or 0) + 1}])


def forecasts_tested(conn: Connection, study_code: str, begin: str, end: str) -> set[str]:
    """Return which forecasts of a study were tested on bars of these dates, YYYYMMDD, by TESTED."""
    c = table(conn, "TB_BESTHISTORY").c
    overlaps = (c["HOLDOUT_BEGIN"] <= end) & (c["HOLDOUT_END"] >= begin)
    query = select(c["TESTED"]).where((c["CODE_STUDY"] == study_code) & overlaps)
    return {tested for tested in conn.scalars(query) if tested}


def named_on_bar(conn: Connection, study_code: str, winner: Result) -> str | None:
    """Return the newest bar of a holdout, YYYYMMDD, when a study's winner became the winner.

    None if the study had no holdout then, or if it is not known.
    """
    c = table(conn, "TB_BESTHISTORY").c
    query = select(c["CODE_TASK"], c["VERSION_MODEL"], c["HOLDOUT_END"])
    named_on = None
    rows = conn.execute(query.where(c["CODE_STUDY"] == study_code).order_by(c["NUMBER"].desc()))
    for code, version, holdout_end in rows:
        if (code, version) != (winner.code_task, winner.version_model):
            break
        named_on = holdout_end
    return named_on


def read_best(conn: Connection, study_code: str) -> Best | None:
    """Return a study's winner; None if it has none, or if its row lacks what a winner has."""
    best = table(conn, "TB_BESTMODEL")
    query = best.select().where(best.c["CODE_STUDY"] == study_code)
    row = conn.execute(query).mappings().one_or_none()
    if row is None or any(row[name] is None for name in _OF_A_WINNER):
        return None
    texts = {"note": row["NOTE"] or "", "verdict": row["VERDICT"] or NO_VERDICT}
    return Best(**_values(dict(row), Best) | texts)


def write_baselines(conn: Connection, study_code: str, baselines: Sequence[Baseline]) -> None:
    """Write what simple forecasts score in a study; they replace those before."""
    simple = table(conn, "TB_BASELINE")
    rows = [{name.upper(): value for name, value in asdict(each).items()} for each in baselines]
    replace(conn, simple, simple.c["CODE_STUDY"] == study_code, rows)


def read_baselines(conn: Connection, study_code: str) -> list[Baseline]:
    """Return what simple forecasts score in a study, in order of their names."""
    simple = table(conn, "TB_BASELINE")
    query = simple.select().where(simple.c["CODE_STUDY"] == study_code).order_by(simple.c["NAME"])
    return [Baseline(**_values(dict(row), Baseline)) for row in conn.execute(query).mappings()]


def _rows(conn: Connection, name: str, study_code: str) -> Sequence[RowMapping]:
    source = table(conn, name)
    query = source.select().where(of_study(source.c.CODE_TASK, study_code))
    return conn.execute(query).mappings().all()


def _newest_rows(conn: Connection, study_code: str) -> Sequence[RowMapping]:
    """Return the history's row of each cell's newest version."""
    history = table(conn, "TB_MODELHISTORY")
    code, version = history.c["CODE_TASK"], history.c["VERSION_MODEL"]
    newest = select(code.label("code"), func.max(version).label("version"))
    own = of_study(history.c.CODE_TASK, study_code) & _is_own(history)
    newest_of = newest.where(own).group_by(code).subquery()
    both = (code == newest_of.c.code) & (version == newest_of.c.version)
    return conn.execute(select(history).join(newest_of, both)).mappings().all()


def _is_own(history: Table) -> ColumnElement[bool]:
    """Return the condition for the cells' own trainings."""
    return history.c["IDX_REPEAT"].is_(None) & history.c["IDX_FOLD"].is_(None)


def _row(result: Result) -> dict[str, Any]:
    return {name.upper(): value for name, value in asdict(result).items()}


def _version(row: RowMapping) -> tuple[str, int]:
    # The reference system may have left rows without a version.
    return row["CODE_TASK"], row["VERSION_MODEL"] or 0


def _result(row: RowMapping, history: RowMapping | None) -> Result:
    values = _values({**(history or {}), **row}, Result)  # the result's column before the history's
    return Result(**values | {"version_model": _version(row)[1]})


def _values(
    row: dict[Any, Any], kind: type[Result] | type[Best] | type[Baseline]
) -> dict[str, Any]:
    return {field.name: row.get(field.name.upper()) for field in fields(kind)}


def _is_date(text: str | None) -> bool:
    """Return whether a text is a date as this package writes it, YYYYMMDD."""
    if text is None or len(text) != len("YYYYMMDD") or not text.isdecimal():
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
