"""How a winner is chosen: the best result, or the champion that it did not beat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import Result
from lstm_assets.common.files import write_file
from lstm_assets.errors import StoreError
from lstm_assets.forecasting.rescoring import rescore
from lstm_assets.records.scored import ScoredCells
from lstm_assets.records.winner import Bars, choose, leader, winner_forecasts
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.records.by_hand import BEST, result, scored_cells, study
from lstm_assets_tests.training.cells import HYPERPARAMETERS, cells, run, trained, walk

CELLS = cells({"epoch": 1}, {"epoch": 2}, {"epoch": 3})
LATER = walk(155)  # today's prices of those tests in which a champion won on the walk


@dataclass(frozen=True)
class Champion:
    """The version 1 of T-0001, trained on the walk, and what it scores today."""

    result: Result
    mse: float  # on the evaluation bars of LATER


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Champion:
    path = tmp_path_factory.mktemp("models") / "T-0001-v1.pt"
    [cell] = trained(run(plan("T", {"T-0001": CELLS["T-0001"]}, walk()), walk(), 0)).values()
    write_file(path, cell.weights)
    stored = result(1, cell.scores.mse, data_version="of the walk", path_model=str(path))
    return Champion(stored, rescore(path, CELLS["T-0001"], LATER).scores.mse)


def later(
    champion: Champion, *results: Result, known: Mapping[str, Cell] = CELLS, **retune: object
) -> ScoredCells:
    """The study on LATER, with the champion in its history."""
    return scored_cells(known, *results, earlier=[champion.result], series=LATER, **retune)


def stopped(code: str) -> dict[str, Cell]:
    """The cells, one of them stopped early by a search."""
    return CELLS | {code: replace(CELLS[code], epoch_full=9)}


def test_the_smallest_mse_wins_beside_the_naive_forecast() -> None:
    scored = scored_cells(CELLS, result(1, 400.0), result(2, 200.0), result(3, 300.0))

    best = choose(scored, None).best

    prices = walk().prices
    naive = np.mean((prices[96:] - prices[95:-1]) ** 2)  # the last fifth of 120 bars
    assert (best.code_study, best.ticker) == ("T", "TEST")
    assert (best.code_task, best.version_model, best.mse) == ("T-0002", 1, 200.0)
    assert best.mse_naive == pytest.approx(naive)
    assert best.note == f"MSE {200.0 / naive - 1:.1%} above naive, chosen on these bars"


def test_a_choice_keeps_what_it_was_chosen_from() -> None:
    scored = scored_cells(CELLS, result(1, 4.0), result(2, 2.0, data_version="other"))

    assert choose(scored, None).selection == scored.ranking


def test_without_a_result_there_is_nothing_to_choose() -> None:
    with pytest.raises(StoreError) as refusal:
        choose(scored_cells(CELLS), None)

    assert str(refusal.value) == (
        "TB_MODELRESULT holds no result of study T on its current prices (0 on older ones). "
        "Materialize model_results first."
    )


def test_results_of_other_prices_alone_are_nothing_to_choose_from() -> None:
    scored = scored_cells(CELLS, result(1, 4.0, data_version="other"))

    with pytest.raises(StoreError, match=r"\(1 on older ones\)"):
        choose(scored, None)


def test_a_champion_that_is_the_best_of_today_s_results_stays() -> None:
    scored = scored_cells(CELLS, result(1, 4.0), result(2, 2.0))

    best = choose(scored, result(2, 2.0)).best

    assert (best.code_task, best.mse) == ("T-0002", 2.0)
    assert best.note.startswith("champion T-0002 v1 stays: no result is better; ")


def test_a_champion_among_today_s_results_gives_way_to_a_better_one() -> None:
    scored = scored_cells(CELLS, result(1, 4.0), result(2, 2.0))

    best = choose(scored, result(1, 4.0)).best

    assert (best.code_task, best.mse) == ("T-0002", 2.0)
    assert best.note.startswith("T-0002 v1 replaces champion T-0001 v1: MSE 2 against 4 ")


def test_a_champion_of_earlier_prices_is_scored_again_and_may_win(champion: Champion) -> None:
    scored = later(champion, result(2, 1e6))

    choice = choose(scored, champion.result)

    assert (choice.best.code_task, choice.best.version_model) == ("T-0001", 1)
    assert choice.best.mse == champion.mse != champion.result.mse
    assert choice.best.path_model == champion.result.path_model
    assert choice.best.note.startswith(
        f"champion T-0001 v1 stays: MSE {champion.mse:.6g} against 1e+06 of challenger T-0002 v1 "
    )
    drawn = choice.forecasts.rescored
    assert drawn is not None
    assert drawn.dates == LATER.dates[-31:]  # a fifth of 155


def test_a_champion_of_earlier_prices_is_scored_again_and_may_lose(champion: Champion) -> None:
    choice = choose(later(champion, result(2, 1e-9)), champion.result)

    assert (choice.best.code_task, choice.best.mse) == ("T-0002", 1e-9)
    assert choice.best.note.startswith(
        f"T-0002 v1 replaces champion T-0001 v1: MSE 1e-09 against {champion.mse:.6g} "
    )
    assert choice.forecasts.rescored is None  # T-0002 has no model file


def test_a_champion_is_not_replaced_by_its_own_next_version_of_equal_mse(
    champion: Champion,
) -> None:
    again = result(1, champion.mse, version_model=2)

    best = choose(later(champion, again), champion.result).best

    assert (best.code_task, best.version_model) == ("T-0001", 1)


def sine(bars: int) -> TrainingSeries:
    """Prices that a network forecasts well once it was trained long enough."""
    known = walk(bars)
    noise = 0.2 * np.random.default_rng(4).normal(size=bars)
    return replace(known, prices=100 + 10 * np.sin(np.arange(bars) / 3) + noise)


def test_a_challenger_has_to_be_better_on_the_bars_since_the_champion_was_named(
    tmp_path: Path,
) -> None:
    series = sine(300)
    both = cells({"epoch": 1}, {"epoch": 60})
    ended = trained(run(plan("T", both, series), series, 0))
    results = []
    for number, code in enumerate(both, start=1):
        write_file(tmp_path / code, ended[code].weights)
        path = str(tmp_path / code)
        found = result(number, ended[code].scores.mse, path_model=path, date_e_train="20200801")
        results.append(found)
    scored = scored_cells(both, *results, series=series)
    last = series.dates[-1].replace("-", "")

    def chosen(named_on: str) -> tuple[str, str]:
        bars = Bars(series.prices, series.dates, named_on)
        best = choose(scored, results[0], bars).best
        return best.code_task, best.note

    on_many, on_one, on_none = map(chosen, ("20200805", series.date(-2), last))

    assert results[1].mse < results[0].mse
    assert on_many[0] == "T-0002"
    assert "% lower, p < 0.001 on 82 bars since it was named; " in on_many[1]
    assert on_one[0] == "T-0001"
    assert " is not significant, 1 bar since it was named; " in on_one[1]
    assert on_none[0] == "T-0002"  # no bar to test on: the MSE decides
    assert " since " not in on_none[1]


def test_a_champion_stays_where_nothing_challenges_it(champion: Champion) -> None:
    choice = choose(later(champion), champion.result)

    assert (choice.best.code_task, choice.best.mse) == ("T-0001", champion.mse)
    assert choice.best.note.startswith("champion T-0001 v1 stays: nothing challenges it; ")
    assert choice.selection.ranked == []


def test_a_champion_whose_model_file_is_missing_cannot_defend_its_place(
    champion: Champion,
) -> None:
    gone = replace(champion.result, path_model="/nowhere/T-0001-v1.pt")

    best = choose(later(champion, result(2, 1e6)), gone).best

    assert best.code_task == "T-0002"
    assert "; champion T-0001 v1 could not be scored again: model file " in best.note
    assert " is missing" in best.note


@pytest.mark.parametrize("path", [None, ""])
def test_nor_can_one_whose_model_nobody_knows_the_file_of(
    champion: Champion, path: str | None
) -> None:
    unknown = replace(champion.result, path_model=path)

    best = choose(later(champion, result(2, 1e6)), unknown).best

    assert best.code_task == "T-0002"
    assert best.note.endswith(
        "; champion T-0001 v1 could not be scored again: its cell or the path of its model is not "
        "in the tables any more"
    )


def test_nor_can_one_whose_cell_is_gone(champion: Champion) -> None:
    others = {code: cell for code, cell in CELLS.items() if code != "T-0001"}

    best = choose(later(champion, result(2, 1e6), known=others), champion.result).best

    assert best.code_task == "T-0002"
    assert "champion T-0001 v1 could not be scored again: its cell or " in best.note


def test_nor_can_one_that_was_trained_on_bars_that_are_to_score_it(champion: Champion) -> None:
    # Evaluation of LATER begins 2020-05-04.
    unfair = replace(champion, result=replace(champion.result, date_e_train="20200504"))

    best = choose(later(unfair, result(2, 1e6)), unfair.result).best

    assert best.code_task == "T-0002"
    assert best.note.endswith("; champion T-0001 v1 was trained on evaluation bars")


def test_a_champion_that_cannot_defend_its_place_is_no_winner_by_itself(
    champion: Champion,
) -> None:
    with pytest.raises(StoreError, match="holds no result of study T on its current prices"):
        choose(later(champion), replace(champion.result, path_model="/nowhere/model.pt"))


def test_a_champion_that_was_stopped_early_gives_way_to_a_cell_trained_to_its_end() -> None:
    scored = scored_cells(stopped("T-0001"), result(1, 0.1), result(2, 4.0))

    best = choose(scored, result(1, 0.1)).best

    assert best.code_task == "T-0002"
    assert best.note.startswith("T-0002 v1 replaces champion T-0001 v1, which was stopped early; ")


def test_a_cell_that_was_stopped_early_replaces_no_champion_trained_to_its_end(
    champion: Champion,
) -> None:
    scored = later(champion, result(2, 1e-9), known=stopped("T-0002"))

    best = choose(scored, champion.result).best

    assert (best.code_task, best.mse) == ("T-0001", champion.mse)
    assert best.note.startswith("champion T-0001 v1 stays: T-0002 v1 was stopped early; ")


def test_of_two_that_were_stopped_early_the_one_of_more_epochs_wins(champion: Champion) -> None:
    both = stopped("T-0001") | {"T-0002": stopped("T-0002")["T-0002"]}

    best = choose(later(champion, result(2, 1e6), known=both), champion.result).best

    assert best.code_task == "T-0002"  # 2 epochs, and the champion has 1


def test_two_that_were_stopped_after_as_many_epochs_are_compared_by_their_mse() -> None:
    both = cells({"epoch": 1}, {"epoch": 1, "batch_size": 8})
    both = {code: replace(cell, epoch_full=9) for code, cell in both.items()}
    scored = scored_cells(both, result(1, 4.0), result(2, 2.0))

    assert choose(scored, result(1, 4.0)).best.note.startswith(
        "T-0002 v1 replaces champion T-0001 v1: MSE 2 against 4 "
    )


def test_a_winner_s_forecasts_are_those_of_its_model_file(champion: Champion) -> None:
    scored = scored_cells(CELLS, replace(champion.result, data_version="now"))
    best = replace(BEST, path_model=champion.result.path_model)

    found = winner_forecasts(scored, best)

    assert found.why_none == ""
    assert found.rescored is not None
    assert found.rescored.scores.mse == champion.result.mse  # on the prices of its training
    assert found.rescored.dates == walk().dates[-24:]


def why_none(scored: ScoredCells, path: str | None, code: str = "T-0001") -> str:
    found = winner_forecasts(scored, replace(BEST, code_task=code, path_model=path))
    assert found.rescored is None
    return found.why_none


def test_forecasts_that_cannot_be_had_cost_a_sentence_without_a_path(
    champion: Champion, tmp_path: Path
) -> None:
    file = str(champion.result.path_model)
    (tmp_path / "torn.pt").write_bytes(Path(file).read_bytes()[:100])
    scored = scored_cells(CELLS)

    unknown = "The winner is not in the tables any more, so its forecasts cannot be drawn."
    missing = "The winner's model file is missing, so its forecasts cannot be drawn."
    assert why_none(scored, None) == unknown
    assert why_none(scored, file, "T-0009") == unknown
    assert why_none(scored, "/nowhere/T-0001-v1.pt") == missing
    assert why_none(scored_cells(CELLS, series=walk(5)), file).startswith(
        "The winner's forecasts cannot be drawn: 5 bars are too few for size_sequence 4"
    )
    assert "/" not in why_none(scored, str(tmp_path / "torn.pt"))


def test_where_none_was_chosen_yet_the_first_of_the_ranking_leads() -> None:
    scored = scored_cells(CELLS, result(1, 4.0), result(2, 2.0, version_model=3, path_model="m"))

    found = leader(scored)

    assert found == replace(
        BEST,
        code_task="T-0002",
        version_model=3,
        mse=2.0,
        mse_naive=scored.naive_mse("T-0002"),
        path_model="m",
    )


def within(*epochs: int, constraint: str | None = None) -> dict[str, object]:
    """The search of a study whose space has only these epochs."""
    space = {name: [each] for name, each in HYPERPARAMETERS.items()} | {"epoch": list(epochs)}
    rule = {"constraint": constraint} if constraint else {}
    return {"search": {"method": "grid", "space": space, **rule}}


@pytest.mark.parametrize(
    "search", [within(2, 3), within(1, 2, 3, constraint="epoch >= 2")], ids=["space", "constraint"]
)
def test_a_cell_outside_the_space_or_constraint_does_not_win(search: dict[str, object]) -> None:
    scored = scored_cells(CELLS, result(1, 1.0), result(2, 4.0), result(3, 2.0), **search)

    choice = choose(scored, None)

    assert (choice.best.code_task, choice.best.mse) == ("T-0003", 2.0)
    assert "outside" not in choice.best.note
    assert [each.code_task for each in choice.selection.ranked] == ["T-0003", "T-0002", "T-0001"]


def test_a_cell_outside_wins_only_if_there_is_no_other_and_is_marked() -> None:
    best = choose(scored_cells(CELLS, result(1, 1.0), **within(2)), None).best

    assert best.code_task == "T-0001"
    assert best.note.endswith(
        "; it is outside the study's space or constraint, in which there is no result"
    )


def test_a_champion_outside_the_space_gives_way_and_one_inside_stays() -> None:
    results = result(1, 1.0), result(2, 4.0)

    outside = choose(scored_cells(CELLS, *results, **within(2)), result(1, 1.0)).best
    inside = choose(scored_cells(CELLS, *results, **within(2)), result(2, 4.0)).best

    assert outside.code_task == inside.code_task == "T-0002"
    assert outside.note.startswith(
        "T-0002 v1 replaces champion T-0001 v1, which is outside the space; "
    )
    assert inside.note.startswith("champion T-0002 v1 stays: no result is better; ")


def test_a_cell_of_the_space_that_a_command_searches_may_win_beside_the_study_s_own() -> None:
    searched = study(**within(1)).space
    scored = scored_cells(CELLS, result(1, 1.0), result(2, 4.0), result(3, 2.0), **within(2))

    best = choose(replace(scored, searched=searched), None).best

    assert best.code_task == "T-0001"
    assert "outside" not in best.note
    assert choose(scored, None).best.code_task == "T-0002"
