from sqlalchemy import Engine

from lstm_assets.cells.codes import Stage, cell_code, cell_index, stage_code
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.status import (
    SETTING_DBTABLE,
    Status,
    StatusRow,
    read_statuses,
    set_status,
    set_statuses,
)


def without_time(rows: list[StatusRow]) -> list[tuple[object, ...]]:
    assert all(row.date_update for row in rows)
    return [(r.code_task, r.ticker, r.idx_task, r.status, r.note) for r in rows]


def test_a_study_s_rows_are_its_stages_then_its_cells(engine: Engine) -> None:
    cells = ["USD-10000", "USD-0002", "USD-9999"]
    stages = [("USD-BEST", 4), ("USD-RAW", 1), ("USD-GRID", 3), ("USD-ADJ", 2)]
    indices = [*stages, *((code, cell_index(code)) for code in cells), (SETTING_DBTABLE, 0)]
    with begin(engine) as conn:
        for code, index in indices:
            set_status(conn, code, Status.NOT_EXECUTED, idx_task=index)

    with connect(engine) as conn:
        found = [row.code_task for row in read_statuses(conn, "USD")]
    in_order = ["USD-RAW", "USD-ADJ", "USD-GRID", "USD-BEST"]
    assert found == [*in_order, "USD-0002", "USD-9999", "USD-10000"]


def test_what_is_omitted_keeps_its_value_except_the_note(engine: Engine) -> None:
    with begin(engine) as conn:
        set_status(conn, "USD-0001", Status.ERROR, ticker="T", idx_task=5, note="loss is nan")
        set_status(conn, "USD-0001", Status.RUNNING)
        found = read_statuses(conn, "USD")

    assert without_time(found) == [("USD-0001", "T", 5, Status.RUNNING, "")]


def test_many_statuses_are_set_at_once(engine: Engine) -> None:
    codes = [cell_code("USD", number) for number in range(1, 4)]
    with begin(engine) as conn:
        set_status(conn, codes[0], Status.RUNNING, ticker="T", idx_task=5)
        set_statuses(conn, codes, Status.CANCELED, "run was canceled")
        set_statuses(conn, [], Status.CANCELED)
        found = read_statuses(conn, "USD")

    assert {row.code_task: row.ticker for row in found} == dict.fromkeys(codes) | {codes[0]: "T"}
    assert {(row.status, row.note) for row in found} == {(Status.CANCELED, "run was canceled")}


def test_a_note_is_cut_to_300_characters_not_bytes(engine: Engine) -> None:
    with begin(engine) as conn:
        set_status(conn, "USD-0001", Status.ERROR, note="환" * 400)
        set_status(conn, "USD-0002", Status.ERROR, note="half \udc80 character")
        notes = [row.note for row in read_statuses(conn, "USD")]

    assert sorted(notes) == ["half ? character", "환" * 300]


def test_studies_whose_codes_are_prefixes_do_not_see_each_other(engine: Engine) -> None:
    with begin(engine) as conn:
        for study in ("USD", "USDKRW", "KRW"):
            set_statuses(
                conn, [stage_code(study, Stage("RAW", 1)), f"{study}-0001"], Status.RUNNING
            )
        found = {row.code_task for row in read_statuses(conn, "USD")}

    assert found == {"USD-RAW", "USD-0001"}
