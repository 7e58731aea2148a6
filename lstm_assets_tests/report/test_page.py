"""The page of a report, made of findings that were changed by hand."""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lstm_assets.errors import HomeError
from lstm_assets.report.findings import Findings, Round, read_findings
from lstm_assets.report.page import MOST_FAILED, MOST_ROUNDS, ROWS_SHOWN, as_page, write_report
from lstm_assets.store.engine import connect, open_engine
from lstm_assets.store.migrations import migrate
from lstm_assets.store.status import Status, StatusRow
from lstm_assets_tests.records.by_hand import study
from lstm_assets_tests.records.stored import stored_study
from lstm_assets_tests.report.pages import Page
from lstm_assets_tests.studies import SPACE

NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
ATTACK = '<script src="http://evil.example/x.js">alert(1)</script>'
ROUND = Round("random", 0, cells=4, results=3, failed=1, partial=0, best=2.0)


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """TINY of 24 cells, of which TINY-0002 has the smallest MSE: 0.5; the others count up from 1.

    No winner was chosen yet, and no model file is left.
    """
    folder = tmp_path_factory.mktemp("report")
    engine = open_engine(f"sqlite:///{folder / 'store.db'}")
    migrate(engine)
    space = SPACE | {"epoch": [1, 2], "size_unit_hidden": list(range(1, 13))}
    stored = stored_study(engine, folder, search={"method": "grid", "space": space})
    for number, code in enumerate(stored.propose(), start=1):
        stored.score(code, 0.5 if number == 2 else float(number))
    with connect(engine) as conn:
        return read_findings(conn, stored.study)


def page(findings: Findings) -> Page:
    return Page(as_page(findings, NOW))


def of_study(findings: Findings, **changes: Any) -> Findings:
    """The findings of a study that differs."""
    changed = findings.study.model_copy(update=changes)
    return replace(findings, scored=replace(findings.scored, study=changed))


def failed(code: str, note: str) -> StatusRow:
    return StatusRow(code, "TEST", 5, Status.ERROR, note, None)


def test_the_winner_stands_first_beside_the_naive_forecast(findings: Findings) -> None:
    best = replace(findings.best, mse=0.5, mse_naive=2.0, verdict="Beats naive.")
    beaten = replace(findings, best=best)

    said = page(beaten).said

    assert "TINY TEST ticker TEST source csv bars 200, 2020-01-01 to 2020-07-18" in said
    assert "evaluation bars 20, 2020-06-29 to 2020-07-18 price close model lstm" in said
    assert "TINY-0002: Beats naive." in said
    assert "MSE of the winner 0.5 MSE of the naive forecast 2 directions right 50.0%" in said
    assert "cells with a result 24 of 24 rounds 1 epochs trained 24" in said
    assert "It won on earlier prices" not in said


def test_a_winner_on_earlier_prices_is_said_to_be_so(findings: Findings) -> None:
    said = page(replace(findings, best_is_current=False, winner=None)).said

    assert "It won on earlier prices." in said
    assert "directions right -" in said
    assert "data version of the winner not known" in said


def test_what_was_said_when_it_was_chosen_is_repeated(findings: Findings) -> None:
    said = page(replace(findings, best=replace(findings.best, note="champion stays"))).said

    assert "champion stays" in said


def test_the_best_results_are_listed_with_what_differs_among_them(findings: Findings) -> None:
    read = page(findings)

    assert f"The best {ROWS_SHOWN} of 24 results # CODE_TASK MSE against naive LOSS" in read.said
    assert "ACCURACY epoch size unit hidden 1 TINY-0002 0.5 " in read.said
    assert " 2 TINY-0001 1 " in read.said
    assert read.text.count('<tr class="best">') == 1
    assert "TINY-0020" in read.said
    assert "TINY-0022" not in read.said


def test_a_result_s_distance_from_the_naive_forecast_has_a_sign(findings: Findings) -> None:
    naive = findings.scored.naive_mse("TINY-0002")
    assert 0.5 < naive < 20

    said = page(findings).said

    assert f"TINY-0002 0.5 -{1 - 0.5 / naive:.1%} 0.25 50.0%" in said
    assert f"TINY-0020 20 +{20 / naive - 1:.1%} 0.25 50.0%" in said


def test_results_of_other_prices_are_counted_and_not_compared(findings: Findings) -> None:
    ranked = findings.selection.ranked
    stale = replace(findings.selection, ranked=ranked[:4], stale=ranked[4:])

    said = page(replace(findings, selection=stale)).said

    assert "The best 4 of 4 results" in said
    assert "20 more results were scored on other prices or by other code" in said


def test_cells_that_were_stopped_early_are_marked(findings: Findings) -> None:
    cells = dict(findings.scored.cells)
    cells["TINY-0001"] = replace(cells["TINY-0001"], epoch_full=9)
    scored = replace(findings.scored, cells=cells)

    marked = page(replace(findings, scored=scored))

    assert "TINY-0001 + 1 " in marked.said
    assert "A cell with a + was stopped early by the search" in marked.said
    assert marked.text.count('<tr class="early">') == 1
    assert "stopped early" not in page(findings).said


def test_rounds_are_a_table_where_there_are_several(findings: Findings) -> None:
    rounds = [ROUND, replace(ROUND, method="halving", partial=2, best=None)]

    said = page(replace(findings, rounds=rounds)).said

    assert "random 0 4 3 1 0 2 halving 0 4 3 1 2 -" in said
    assert "TINY-0002 0.5" in said
    assert " grid 0 2 TINY-0001" in said  # a result's method, since there are several
    assert "Rounds" not in page(replace(findings, rounds=[ROUND])).said


def test_many_rounds_and_failures_are_cut_and_counted(findings: Findings) -> None:
    many = replace(
        findings,
        rounds=[replace(ROUND, number=number) for number in range(MOST_ROUNDS + 5)],
        failed=[failed("TINY-0003", f"reason {number}") for number in range(MOST_FAILED + 1)],
    )

    said = page(many).said

    assert "The first 100 of 105 rounds." in said
    assert "The first 50 of 51." in said
    assert "reason 49" in said
    assert "reason 50" not in said


def test_cells_that_failed_are_listed_with_their_reason_and_what_is_theirs(
    findings: Findings,
) -> None:
    rows = [failed("TINY-0013", "the loss is nan at epoch 3"), failed("TINY-0001", "")]

    said = page(replace(findings, failed=rows)).said

    assert "TINY-0013 the loss is nan at epoch 3 epoch 2, size_unit_hidden 1 " in said
    assert "TINY-0001 no reason was stored epoch 1, size_unit_hidden 1 " in said
    assert "Cells that failed" not in page(findings).said


def test_the_search_is_told_as_its_study_writes_it(findings: Findings) -> None:
    said = page(findings).said

    assert "How it searched method grid" in said
    assert "Where epoch 1, 2 batch_size 50 learning_rate 0.01 ratio_train_set 0.8" in said
    assert "What won epoch 1 batch_size 50" in said
    assert "constraint" not in said


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ({"study": "OTHER"}, "warm_start.study OTHER "),
        ({"leaderboard": "of/last_year.csv"}, "warm_start.leaderboard last_year.csv "),
    ],
)
def test_what_a_search_starts_warm_from_is_named(
    findings: Findings, prior: Mapping[str, str], said: str
) -> None:
    space = findings.study.space.written
    search = {"method": "bayesian", "n_trials": 4, "space": space, "warm_start": prior}
    asked = study(search=search)

    told = page(of_study(findings, search=asked.search, prior_results=asked.prior_results)).said

    assert said in told
    assert "n_trials 4" in told
    assert told.count("warm_start.") == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.4, "59.4 s"), (60.2, "1 min 0 s"), (3599, "59 min 59 s"),
     (3661, "1 h 1 min"), (3_600_000, "1,000 h 0 min")],
)  # fmt: skip
def test_a_time_is_said_in_its_two_largest_units(
    findings: Findings, seconds: float, said: str
) -> None:
    assert f"training time {said} " in page(replace(findings, seconds=seconds)).said


def test_what_people_wrote_is_shown_and_never_run(findings: Findings) -> None:
    attacked = of_study(findings, ticker=ATTACK)
    attacked = replace(
        attacked,
        best=replace(findings.best, note=f"{ATTACK} ![x](http://evil.example/x.png)"),
        failed=[failed("TINY-0003", ATTACK)],
    )

    read = page(attacked)

    assert read.said.count(ATTACK) == 5  # the ticker is also in the title and a fact
    assert "<script" not in read.text


def test_html_and_links_in_a_plot_s_markdown_are_text(findings: Findings) -> None:
    plot = f"{ATTACK} [here](http://evil.example) ![there](http://evil.example/x.png)"

    read = page(replace(findings, prices=plot))

    assert ATTACK in read.said
    assert "[here](http://evil.example)" in read.said
    assert "<script" not in read.text


def test_a_ticker_of_odd_characters_is_the_caption_of_its_prices(tmp_path: Path) -> None:
    ticker = "<b>[x](y)</b> & ' \""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(engine)
    stored = stored_study(engine, tmp_path, ticker=ticker)
    for code in stored.propose():
        stored.score(code, 4.0)

    with connect(engine) as conn:
        read = page(read_findings(conn, stored.study))

    assert f"{ticker} : 200 adjusted bars" in read.said
    assert "<b>" not in read.text


def test_it_says_when_and_of_what_it_was_made(findings: Findings) -> None:
    said = page(findings).said

    assert f"digest of the prices {findings.scored.series.digest()}" in said
    assert f"data version of the winner {findings.winner.data_version}" in said
    assert "on 2026-01-02 03:04 UTC." in said


def test_a_report_is_written_whole_over_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "T.html"
    path.write_text("a much longer page")

    write_report(path, "page of 환율")

    assert {each.name for each in tmp_path.iterdir()} == {"T.html"}
    assert path.read_text("utf-8") == "page of 환율"


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(HomeError) as refusal:
        write_report(tmp_path, "page")

    assert str(refusal.value) == (
        f"{tmp_path} is a folder. Name a file, e.g. `-o {tmp_path}/report.html`."
    )


def test_a_path_that_cannot_be_written_is_said_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file/of/report.html"

    with pytest.raises(HomeError) as refusal:
        write_report(path, "page")

    assert str(refusal.value) == (
        f"{path} cannot be written: Not a directory. Name another file with -o."
    )


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    full = tmp_path / "report.html"
    full.symlink_to("/dev/full")  # a link, so that a mistake replaces no device

    with pytest.raises(HomeError, match=r"report\.html cannot be written: No space left on device"):
        write_report(full, "page")

    assert full.is_symlink()
