from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstm_assets.plots.drawing import BLUE, VERMILLION
from lstm_assets.plots.price_series import price_series
from lstm_assets.sources.prices import BAR_COLUMNS
from lstm_assets_tests.plots.pictures import shown

NAN = float("nan")


def bars(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Bars of (date, high, low, close)."""
    full = [[date, close, high, low, close, 1.0] for date, high, low, close in rows]
    return pd.DataFrame(full, columns=BAR_COLUMNS)


def dropped(*rows: tuple[str, str]) -> pd.DataFrame:
    """Bars of (date, rule)."""
    found: list[list[Any]] = [[date, *[NAN] * 5, f"dropped_{rule}"] for date, rule in rows]
    return pd.DataFrame(found, columns=[*BAR_COLUMNS, "rule"])


THREE = bars(
    ("2020-01-01", 10.0, 8.0, 8.0),
    ("2020-01-02", 14.0, 12.0, 13.0),
    ("2020-01-05", 12.0, 10.0, 12.0),
)


@pytest.mark.parametrize(("price", "heights"), [("mid", [9, 13, 11]), ("close", [8, 13, 12])])
def test_the_line_goes_through_the_prices_at_their_dates(price: str, heights: list[int]) -> None:
    picture = shown(price_series("USD/KRW", THREE, dropped(), price))

    ((first, second, third),) = picture.lines(BLUE)
    assert (third[0] - first[0]) / (second[0] - first[0]) == pytest.approx(4, abs=0.01)
    share = (heights[2] - heights[0]) / (heights[1] - heights[0])
    assert (third[1] - first[1]) / (second[1] - first[1]) == pytest.approx(share, abs=0.01)
    assert f"{price} price, adjusted" in picture.texts
    assert picture.caption == ("USD/KRW: 3 adjusted bars, 2020-01-01 to 2020-01-05. Dropped: none.")


def test_each_rule_that_dropped_bars_has_a_row_of_marks() -> None:
    gone = dropped(
        ("2019-01-01", "outside_study"),
        ("2020-01-01", "duplicate"),
        ("2020-01-05", "duplicate"),
        ("2020-01-05", "duplicate"),
        ("2020-01-03", "high_below_low"),
    )

    picture = shown(price_series("USD/KRW", THREE, gone, "mid"))

    assert picture.caption.endswith("Dropped: duplicate 3, high below low 1.")
    (((left, _), _, (right, _)),) = picture.lines(BLUE)
    marks = [sorted({x for x, _ in row if not np.isnan(x)}) for row in picture.lines(VERMILLION)]
    assert marks == [[left, right], [pytest.approx((left + right) / 2, abs=0.11)]]
    assert {"duplicate", "high below low"} <= set(picture.texts)
    assert "outside study" not in picture.texts


@pytest.mark.parametrize("found", [[], THREE.index[:1]])
def test_too_few_bars_are_said_to_be_so(found: list[int]) -> None:
    markdown = price_series("<b>M&M</b>", THREE.loc[found], dropped(), "mid")

    assert markdown == (rf"**\<b\>M\&M\</b\>**: {len(found)} adjusted bars are too few to draw.")


def test_prices_that_are_not_finite_are_left_out() -> None:
    holed = bars(
        *[(f"2020-01-{day:02}", NAN if day == 2 else 5.0 + day, 5.0, 5.0) for day in range(1, 5)]
    )

    picture = shown(price_series("A", holed, dropped(), "mid"))

    assert picture.caption.startswith("A: 3 adjusted bars")
    assert len(picture.lines(BLUE)[0]) == 3


def test_a_long_history_with_many_dropped_bars_is_still_small() -> None:
    dates = np.datetime_as_string(np.datetime64("1970-01-01") + np.arange(20_000))
    walk = 100 + np.random.default_rng(0).normal(size=20_000).cumsum() / 10
    history = bars(*[(date, p, p, p) for date, p in zip(dates, walk, strict=True)])

    markdown = price_series("A", history, dropped(*[(d, "duplicate") for d in dates]), "mid")

    assert len(markdown) < 60_000
