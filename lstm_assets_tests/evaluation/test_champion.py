"""Champion against challenger: who wins, and what is said of it."""

import pytest

from lstm_assets.evaluation.champion import Contender, Since, decide
from lstm_assets.evaluation.holdout import Against

CHAMPION = Contender("T-0001", 3, score=4.0)


def challenger(mse: float) -> Contender:
    return Contender("T-0002", 1, mse)


def test_a_challenger_with_the_smaller_mse_replaces_the_champion() -> None:
    decision = decide(CHAMPION, challenger(3.0))

    assert decision.winner == challenger(3.0)
    assert decision.note == (
        "T-0002 v1 replaces champion T-0001 v3: MSE 3 against 4 on the same evaluation bars, "
        "25.0% lower"
    )


def test_a_challenger_with_the_larger_mse_does_not() -> None:
    decision = decide(CHAMPION, challenger(5.0))

    assert decision.winner == CHAMPION
    assert decision.note == (
        "champion T-0001 v3 stays: MSE 4 against 5 of challenger T-0002 v1 on the same evaluation "
        "bars, which is 25.0% higher"
    )


def test_on_equal_figures_the_champion_stays() -> None:
    decision = decide(CHAMPION, challenger(4.0))

    assert decision.winner == CHAMPION
    assert decision.note.endswith("which is 0.0% higher")


def test_the_next_version_of_the_champion_s_own_cell_is_a_challenger_as_well() -> None:
    again = Contender("T-0001", 4, score=3.9999)

    decision = decide(CHAMPION, again)

    assert decision.winner == again
    assert decision.note.startswith("T-0001 v4 replaces champion T-0001 v3: MSE 3.9999 against 4 ")


def test_a_champion_without_any_error_stays_whoever_comes() -> None:
    perfect = Contender("T-0001", 3, score=0.0)

    decisions = [decide(perfect, challenger(mse)) for mse in (0.0, 5.0)]

    assert [each.winner for each in decisions] == [perfect, perfect]
    assert decisions[1].note.startswith("champion T-0001 v3 stays: MSE 0 against 5 of challenger ")


def test_a_challenger_without_any_error_replaces_a_champion_that_has_some() -> None:
    decision = decide(CHAMPION, challenger(0.0))

    assert decision.winner == challenger(0.0)
    assert decision.note.endswith("100.0% lower")


def test_a_challenger_that_the_bars_since_show_to_be_better_replaces_the_champion() -> None:
    since = Since(40, Against("champion", gain=0.1, p_value=0.012))

    decision = decide(CHAMPION, challenger(3.0), since)

    assert decision.winner == challenger(3.0)
    assert decision.note.endswith("25.0% lower, p = 0.012 on 40 bars since it was named")


@pytest.mark.parametrize(
    ("since", "on"),
    [
        (Since(40, Against("champion", gain=0.1, p_value=0.21)), "p = 0.21 on 40 bars"),
        (Since(40, Against("champion", gain=-0.1, p_value=0.01)), "p = 0.01 on 40 bars"),
        (Since(1, None), "1 bar"),
    ],
)
def test_one_that_they_do_not_show_to_be_better_does_not(since: Since, on: str) -> None:
    decision = decide(CHAMPION, challenger(3.0), since)

    assert decision.winner == CHAMPION
    assert decision.note == (
        "champion T-0001 v3 stays: MSE 3 of challenger T-0002 v1 against 4 is not significant, "
        f"{on} since it was named"
    )


def test_the_bars_since_do_not_help_a_challenger_with_the_larger_mse() -> None:
    since = Since(40, Against("champion", gain=0.5, p_value=0.001))

    assert decide(CHAMPION, challenger(5.0), since).winner == CHAMPION


def test_scores_are_named_by_what_they_are() -> None:
    champion = Contender("T-0001", 3, 0.02, "RELATIVE_MSE")

    decision = decide(champion, Contender("T-0002", 1, 0.01, "RELATIVE_MSE"))

    assert "champion T-0001 v3: RELATIVE_MSE 0.01 against 0.02 on" in decision.note
