import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lstm_assets.errors import InvalidPricesError, StudyError
from lstm_assets.sources import SOURCES, source_from, validated

BARS = {
    "date": ["2020-01-02", "2020-01-03"],
    "open": [1.0, 2.0],
    "high": [1.0, 2.0],
    "low": [1.0, 2.0],
    "close": [1.0, 2.0],
    "volume": [5, None],
}
ACTIONS = {"date": ["2020-01-02", "2020-01-03"], "dividend": [0.0, 0.0], "split": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "source.kind is missing, allowed: csv, ecb, replay, yahoo."),
        ({"kind": "foo"}, "source.kind is 'foo', allowed: csv, ecb, replay, yahoo."),
        ({"kind": ["ecb"]}, "source.kind is ['ecb'], allowed: csv, ecb, replay, yahoo."),
        ("ecb", "source is 'ecb', expected a mapping. Write e.g. {kind: ecb}."),
        (
            {"kind": "csv"},
            "source.path is missing: the file, absolute or relative to the study's file.",
        ),
        ({"kind": "csv", "path": 3}, "source.path is 3, expected the path of a file."),
        ({"kind": "ecb", "path": "a"}, "source.path is unknown, allowed: kind."),
        (
            {"kind": "yahoo", "attempts": 0},
            "source.attempts is 0, expected greater than or equal to 1.",
        ),
        (
            {"kind": "yahoo", "attempts": "many"},
            "source.attempts is 'many', expected a valid integer.",
        ),
        (
            {"kind": "yahoo", "url": "ftp://x"},
            "source.url is 'ftp://x', expected a server to use instead of Yahoo's, "
            "e.g. https://example.com.",
        ),
    ],
)
def test_a_wrong_source_is_refused_in_one_line(settings: Any, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        source_from(settings, Path())

    assert str(caught.value) == message


def test_all_wrong_keys_are_named_together_with_the_spelling_meant() -> None:
    with pytest.raises(StudyError) as caught:
        source_from({"kind": "csv", "pth": "a.csv"}, Path())

    assert str(caught.value) == (
        "source.path is missing: the file, absolute or relative to the study's file. "
        "source.pth is unknown, allowed: kind, path. Did you mean `path`?"
    )


def test_every_kind_is_registered_under_its_own_name() -> None:
    kinds = {name: source.model_fields["kind"].default for name, source in SOURCES.items()}

    assert kinds == {name: name for name in ("csv", "ecb", "replay", "yahoo")}


def test_validated_prices_keep_bad_bars_for_the_adjusting_rules() -> None:
    bars = pd.DataFrame(BARS).assign(high=[0.5, -1.0])

    prices = validated("test", bars, pd.DataFrame(ACTIONS))

    assert prices.bars["high"].to_list() == [0.5, -1.0]
    assert prices.bars.dtypes.iloc[1:].eq("float64").all()
    assert prices.actions.to_dict("records") == [
        {"date": "2020-01-03", "dividend": 0.0, "split": 2.0}
    ]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "date",
            ["2020-01-02", "20200103"],
            "test: row 2 (date '20200103') has date '20200103', expected YYYY-MM-DD. ",
        ),
        (
            "date",
            ["2020-01-02", "2020-01-02"],
            "test: row 2 (date '2020-01-02') has date '2020-01-02', "
            "expected a date after the row before, each date once. ",
        ),
        (
            "low",
            [1.0, "two"],
            "test: row 2 (date '2020-01-03') has low 'two', expected a number. ",
        ),
    ],
)
def test_a_table_that_is_none_of_prices_is_refused_by_row_and_column(
    column: str, values: list[Any], message: str
) -> None:
    bars = pd.DataFrame({**BARS, column: values})

    with pytest.raises(InvalidPricesError) as caught:
        validated("test", bars)

    assert str(caught.value) == message + "Correct it at the source."


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("dividend", -1.0, "0 or more"),
        ("dividend", float("nan"), "0 or more"),
        ("split", 0.0, "more than 0"),
        ("split", float("inf"), "more than 0"),
    ],
)
def test_an_impossible_action_is_refused(column: str, value: float, allowed: str) -> None:
    actions = pd.DataFrame({**ACTIONS, column: [1.0, value]})

    with pytest.raises(InvalidPricesError, match=rf"has {column} .*a finite number, {allowed}\."):
        validated("test", pd.DataFrame(BARS), actions)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidPricesError, match=r"test: column open, volume is missing"):
        validated("test", pd.DataFrame(BARS).drop(columns=["open", "volume"]))


def test_importing_the_sources_imports_no_library_of_theirs() -> None:
    code = (
        "import sys, lstm_assets.sources, lstm_assets.data.adjusting\n"
        "heavy = {'yfinance', 'curl_cffi', 'currency_converter', 'dagster', 'torch'}\n"
        "print(heavy & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_both_ends_of_the_range_are_included(tmp_path: Path) -> None:
    rows = [f"2020-01-0{day},1,1,1,{day},0" for day in (2, 3, 6, 7)]
    (tmp_path / "a.csv").write_text("\n".join(["date,open,high,low,close,volume", *rows]))
    source = source_from({"kind": "csv", "path": "a.csv"}, tmp_path)

    closed = source.fetch("A", datetime.date(2020, 1, 3), datetime.date(2020, 1, 6))
    open_ended = source.fetch("A", datetime.date(2020, 1, 3), None)

    assert closed.bars["close"].to_list() == [3.0, 6.0]
    assert open_ended.bars["close"].to_list() == [3.0, 6.0, 7.0]
