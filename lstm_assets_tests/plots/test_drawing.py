from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.plots.drawing import as_dates, date_axis, log_axis, picture, thinned
from lstm_assets_tests.plots.pictures import shown


def test_a_short_line_keeps_every_value() -> None:
    assert thinned(np.array([3.0, 1.0, 2.0]), most=3).tolist() == [0, 1, 2]


def test_of_a_long_line_each_pieces_lowest_and_highest_value_stay() -> None:
    values = np.array([1.0, 5.0, 2.0, 3.0, 0.0, 4.0, 2.0, 9.0, 2.0])

    assert thinned(values, most=8).tolist() == [0, 1, 4, 5, 6, 7, 8]


@given(st.lists(st.floats(-9, 9), min_size=9, max_size=200), st.integers(8, 40))
def test_a_thinned_line_keeps_its_ends_and_its_extremes(values: list[float], most: int) -> None:
    line = np.array(values)

    kept = thinned(line, most)

    assert len(kept) <= most
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(line) - 1)
    assert (line[kept].min(), line[kept].max()) == (line.min(), line.max())


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([0.001, 0.01], True),
        ([1.0, 9.9], False),
        ([0.0, 1.0, 100.0], False),
        ([-1.0, 100.0], False),
        ([16.0, 32.0, 64.0, 128.0, 256.0], True),
        (np.geomspace(1e-4, 1e-1, 100).tolist(), True),
        (np.linspace(0.01, 0.5, 100).tolist(), False),
    ],
)
def test_an_axis_is_logarithmic_where_positive_values_span_a_decade(
    values: list[float], log: bool
) -> None:
    from matplotlib.figure import Figure

    axes = Figure().subplots()

    assert log_axis(axes, "x", np.array(values)) is log
    assert axes.get_xscale() == ("log" if log else "linear")
    assert axes.get_yscale() == "linear"


def test_a_log_axis_says_its_numbers_without_powers() -> None:
    def draw(figure) -> None:  # type: ignore[no-untyped-def]
        axes = figure.subplots()
        axes.plot([0.001, 1.0], [1, 2])
        log_axis(axes, "x", np.array([0.001, 1.0]))

    texts = shown(f"a\n\n{picture(draw, 200, 'a')}").texts

    assert {"0.001", "0.01", "0.1", "1"} <= set(texts)


def test_the_same_data_gives_the_same_picture_whatever_the_matplotlibrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib

    def draw(figure) -> None:  # type: ignore[no-untyped-def]
        axes = figure.subplots()
        axes.plot(as_dates(["2020-01-01", "2020-03-01"]), [1, 2], "o-")
        axes.set_title("$a$ & <b>")
        date_axis(axes)

    first = picture(draw, 200, "a")
    with matplotlib.rc_context({"axes.grid": True, "font.size": 30, "svg.fonttype": "path"}):
        second = picture(draw, 200, "a")
        assert matplotlib.rcParams["font.size"] == 30

    assert first == second
    assert "$a$ & <b>" in shown(f"a\n\n{first}").texts
