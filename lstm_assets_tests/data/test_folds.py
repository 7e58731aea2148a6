"""Earlier folds of a series: which bars score them, and which they are trained on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.data.folds import Fold, earlier_folds
from lstm_assets.data.windows import Split
from lstm_assets.errors import TooFewBarsError


def test_folds_lie_before_the_bars_that_score_the_whole_series() -> None:
    assert earlier_folds(100, 10, 3, gap=2) == [
        Fold(1, start=70, stop=80, whole=100, gap=2),
        Fold(2, start=80, stop=90, whole=100, gap=2),
    ]


def test_a_fold_is_trained_on_the_same_share_of_the_bars_before() -> None:
    whole = Split.of(100, ratio_train_set=0.8, evaluation_share=0.1, size_sequence=5, horizon=2)
    fold, _ = earlier_folds(100, 10, 3, gap=None)

    split = fold.split(whole)

    # 80 of the 90 bars before those that score, so 62 of 70.
    assert (split.bars, split.cut, split.evaluation_start) == (80, 62, 70)


@pytest.mark.parametrize(("gap", "cut"), [(0, 70), (None, 68), (9, 61)])
def test_a_gap_keeps_the_training_away_from_the_bars_that_score(gap: int | None, cut: int) -> None:
    whole = Split.of(100, ratio_train_set=0.9, evaluation_share=0.1, size_sequence=5, horizon=2)
    fold, _ = earlier_folds(100, 10, 3, gap)

    assert fold.split(whole).cut == cut


def test_too_few_bars_say_what_to_do() -> None:
    with pytest.raises(TooFewBarsError) as none_left:
        earlier_folds(30, 10, 3, None)
    whole = Split.of(60, ratio_train_set=0.8, evaluation_share=0.2, size_sequence=12, horizon=1)
    with pytest.raises(TooFewBarsError) as too_short:
        earlier_folds(60, 12, 4, None)[0].split(whole)

    assert str(none_left.value) == (
        "30 bars are too few for 3 folds of 10 bars each. Lower folds.n or evaluation_share, or "
        "widen the study's dates."
    )
    assert str(too_short.value) == (
        "the fold that is scored from bar 12 on has too few bars before them for size_sequence 12 "
        "and a horizon of 1. Lower folds.n, or widen the study's dates."
    )


@given(
    bars=st.integers(60, 400),
    n=st.integers(2, 5),
    gap=st.one_of(st.none(), st.integers(0, 5)),
    ratio=st.floats(0.5, 0.9),
)
def test_no_fold_sees_a_bar_that_scores_it_or_a_later_one(
    bars: int, n: int, gap: int | None, ratio: float
) -> None:
    whole = Split.of(bars, ratio, 0.1, size_sequence=4, horizon=2)
    folds = earlier_folds(bars, bars - whole.evaluation_start, n, gap)

    stops = [each.stop for each in folds]
    assert [each.start for each in folds][1:] == stops[:-1]
    assert stops[-1] == whole.evaluation_start
    for fold in folds:
        split = fold.split(whole)
        last_target = int(np.max(split.train_origins)) + split.horizon - 1
        assert last_target < fold.start - (2 if gap is None else gap) + 1
        assert int(np.max(split.evaluation_origins)) < fold.stop == split.bars
