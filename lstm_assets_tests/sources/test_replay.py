import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_assets.errors import SourceError, StudyError, UnknownTickerError
from lstm_assets.sources import Source, source_from

HEADER = "date,open,high,low,close,volume"
LONG_AGO = datetime.date(2000, 1, 1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LSTM_ASSETS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def replay(folder: Path, begin: str = "2022-07-01", step_days: int = 7, **of: Any) -> Source:
    """A replay of the ECB's rates, or of another source, for the study in `folder`."""
    source = {"kind": "replay", "of": of or {"kind": "ecb"}, "begin": begin}
    return source_from({**source, "step_days": step_days}, folder)


def write_bars(folder: Path, *dates: str) -> dict[str, str]:
    rows = [f"{date},1,1,1,1,0" for date in dates]
    folder.mkdir(exist_ok=True)
    (folder / "a.csv").write_text("\n".join([HEADER, *rows]))
    return {"kind": "csv", "path": "a.csv"}


def newest(source: Source) -> str:
    return source.newest("USD/KRW").isoformat()


def test_every_tick_reveals_a_week_of_bars(tmp_path: Path) -> None:
    source = replay(tmp_path)
    seen = [newest(source)]
    for _ in range(4):
        source.tick()
        seen.append(newest(source))

    bars = source.fetch("USD/KRW", datetime.date(2022, 7, 1), None).bars

    assert seen == ["2022-07-01", "2022-07-08", "2022-07-15", "2022-07-22", "2022-07-29"]
    assert (len(bars), bars["date"].iloc[-1]) == (21, "2022-07-29")  # 21 weekdays, no holiday


def test_the_newest_bar_is_the_last_one_before_the_revealed_date(tmp_path: Path) -> None:
    source = replay(tmp_path, "2022-07-02", 1)  # a Saturday
    seen = [newest(source)]
    for _ in range(3):
        source.tick()
        seen.append(newest(source))

    assert seen == ["2022-07-01", "2022-07-01", "2022-07-04", "2022-07-05"]


def test_beyond_the_other_source_s_end_it_stays_there(tmp_path: Path) -> None:
    source = replay(tmp_path, "2020-01-02", **write_bars(tmp_path, "2020-01-02", "2020-01-08"))
    seen = [newest(source)]
    for _ in range(3):
        source.tick()
        seen.append(newest(source))

    assert seen == ["2020-01-02", "2020-01-08", "2020-01-08", "2020-01-08"]
    assert len(source.fetch("A", LONG_AGO, None).bars) == 2


def test_the_study_s_last_date_ends_what_is_fetched(tmp_path: Path) -> None:
    source = replay(tmp_path)

    bars = source.fetch("USD/KRW", datetime.date(2022, 6, 1), datetime.date(2022, 6, 3)).bars

    assert bars["date"].to_list() == ["2022-06-01", "2022-06-02", "2022-06-03"]


def test_another_process_sees_what_a_tick_revealed(tmp_path: Path, home: Path) -> None:
    code = (
        "from pathlib import Path; from lstm_assets.sources import source_from\n"
        "source = source_from({'kind': 'replay', 'of': {'kind': 'ecb'}, 'begin': '2022-07-01'},"
        f" Path({str(tmp_path)!r}))\n"
        "source.tick(); source.tick()"
    )

    subprocess.run([sys.executable, "-c", code], check=True)

    assert newest(replay(tmp_path)) == "2022-07-15"


def test_another_begin_starts_anew_and_another_step_goes_on(tmp_path: Path) -> None:
    replay(tmp_path).tick()

    assert newest(replay(tmp_path, step_days=1)) == "2022-07-08"
    assert newest(replay(tmp_path, "2022-06-01")) == "2022-06-01"
    replay(tmp_path, "2022-06-01").tick()
    assert newest(replay(tmp_path, "2022-06-01")) == "2022-06-08"
    assert newest(replay(tmp_path)) == "2022-07-01"


def test_each_study_has_a_date_of_its_own(tmp_path: Path, home: Path) -> None:
    for folder in ("a/eurusd", "b/eurusd"):
        (tmp_path / folder).mkdir(parents=True)
    replay(tmp_path / "a" / "eurusd").tick()

    assert newest(replay(tmp_path / "a" / ".." / "a" / "eurusd")) == "2022-07-08"
    assert newest(replay(tmp_path / "b" / "eurusd")) == "2022-07-01"
    (file,) = (home / "replay").iterdir()
    assert file.name.startswith("eurusd-")


def test_a_relative_folder_is_the_same_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay(tmp_path).tick()
    monkeypatch.chdir(tmp_path.parent)

    assert newest(replay(Path(tmp_path.name))) == "2022-07-08"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"begin": "2022-07-01"}',
        b'{"begin": "2022-07-01", "until": "soon"}',
        b'{"begin": "2022-07-01", "until": 3}',
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(
    tmp_path: Path, home: Path, content: bytes
) -> None:
    source = replay(tmp_path)
    source.tick()
    (file,) = (home / "replay").iterdir()
    file.write_bytes(content)

    for ask in (source.tick, lambda: source.newest("USD/KRW")):
        with pytest.raises(SourceError) as caught:
            ask()
        assert str(caught.value) == (
            f"replay: {file} is damaged. It stores the date up to which bars are revealed. "
            "Delete it to start again at 2022-07-01."
        )
    assert file.read_bytes() == content
    file.unlink()
    assert newest(source) == "2022-07-01"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, home: Path) -> None:
    replay(tmp_path).tick()
    (file,) = (home / "replay").iterdir()
    file.unlink()
    file.mkdir()

    with pytest.raises(SourceError) as caught:
        newest(replay(tmp_path))

    assert str(caught.value) == (
        f"replay: {file} cannot be read: Is a directory. Make it readable, or delete it to start "
        "again at 2022-07-01."
    )


def test_nothing_is_there_before_the_replay_reaches_the_study(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        replay(tmp_path).fetch("USD/KRW", datetime.date(2022, 8, 1), None)

    assert str(caught.value) == (
        "replay USD/KRW: bars are revealed up to 2022-07-01, none from 2022-08-01 on. "
        "Set source.begin later than date_begin."
    )


@pytest.mark.parametrize("earlier", ["2020-05-01", "2019-08-01", "2011-01-01"])
def test_the_newest_bar_is_found_after_a_long_gap(tmp_path: Path, earlier: str) -> None:
    of = write_bars(tmp_path, earlier, "2020-07-01")

    assert newest(replay(tmp_path, "2020-06-01", **of)) == earlier


def test_a_replay_of_no_bar_yet_says_so(tmp_path: Path) -> None:
    of = write_bars(tmp_path, "2020-07-01")

    with pytest.raises(SourceError) as caught:
        newest(replay(tmp_path, "2020-06-01", **of))

    assert str(caught.value) == (
        "replay USD/KRW: source csv has no bar in the 3660 days up to 2020-06-01. "
        "Set source.begin to a date by which it has some."
    )


def test_what_the_other_source_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(UnknownTickerError, match="ecb: ticker 'KRW' is not two currencies"):
        replay(tmp_path).newest("KRW")
    with pytest.raises(SourceError, match=r"csv .*a\.csv: does not exist"):
        replay(tmp_path, kind="csv", path="a.csv").newest("A")


def test_the_date_never_passes_the_calendar_s_end(tmp_path: Path) -> None:
    source = replay(tmp_path, "9999-12-30", 10**12)
    source.tick()
    source.tick()

    assert source.newest("USD/KRW") == source_from({"kind": "ecb"}, tmp_path).newest("USD/KRW")


def test_ordinary_sources_are_not_moved_by_a_tick(tmp_path: Path, home: Path) -> None:
    source = source_from({"kind": "ecb"}, tmp_path)
    before = source.newest("USD/KRW")
    source.tick()

    assert source.newest("USD/KRW") == before
    assert not home.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"of": {"kind": "csv"}}, "source.of.path is missing: the file, absolute or relative"),
        (
            {"of": {"kind": "csv", "pth": "a", "path": "b"}},
            "source.of.pth is unknown, allowed: kind, path. Did you mean `path`?",
        ),
        ({"of": {"kind": "bank"}}, "source.of.kind is 'bank', allowed: csv, ecb, yahoo."),
        ({"of": {}}, "source.of.kind is missing, allowed: csv, ecb, yahoo."),
        ({"of": "ecb"}, "source.of is 'ecb', expected a mapping. Write e.g. {kind: ecb}."),
        (
            {"of": {"kind": "replay", "of": {"kind": "ecb"}, "begin": "2022-07-01"}},
            "source.of.kind is 'replay', allowed: csv, ecb, yahoo.",
        ),
        (
            {"begin": "soon"},
            "source.begin is 'soon', expected the date up to which there are bars at first, "
            "e.g. 2022-07-01.",
        ),
        ({"begin": 20220701}, "source.begin is 20220701, expected the date up to which"),
        ({"step_days": 0}, "source.step_days is 0, expected greater than or equal to 1."),
        ({"step_days": True}, "source.step_days is True, expected whole calendar days from 1"),
        ({"steps": 1}, "source.steps is unknown, allowed: kind, of, begin, step_days."),
    ],
)
def test_a_wrong_key_is_named_wherever_it_stands(given: dict[str, Any], message: str) -> None:
    right = {"kind": "replay", "of": {"kind": "ecb"}, "begin": datetime.date(2022, 7, 1)}

    with pytest.raises(StudyError) as caught:
        source_from({**right, **given}, Path())

    assert str(caught.value).startswith(message)


def test_a_replay_needs_a_source_and_a_begin() -> None:
    with pytest.raises(StudyError) as caught:
        source_from({"kind": "replay"}, Path())

    assert str(caught.value) == (
        "source.of is missing: the source to replay, e.g. {kind: ecb}. source.begin is missing: "
        "the date up to which there are bars at first, e.g. 2022-07-01."
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.sets(st.integers(0, 400), min_size=1),
    begin=st.integers(0, 400),
    step_days=st.integers(1, 60),
    ticks=st.integers(0, 5),
)
def test_what_is_revealed_is_what_the_other_source_has_up_to_the_date(
    tmp_path: Path, home: Path, days: set[int], begin: int, step_days: int, ticks: int
) -> None:
    for file in (home / "replay").glob("*"):
        file.unlink()
    first = datetime.date(2020, 1, 1)
    dates = [(first + datetime.timedelta(day)).isoformat() for day in sorted(days)]
    begins = (first + datetime.timedelta(begin)).isoformat()
    source = replay(tmp_path, begins, step_days, **write_bars(tmp_path, *dates))
    for _ in range(ticks):
        source.tick()

    until = (first + datetime.timedelta(begin + ticks * step_days)).isoformat()
    revealed = [date for date in dates if date <= until]
    if revealed:
        assert source.fetch("A", LONG_AGO, None).bars["date"].to_list() == revealed
        assert newest(source) == revealed[-1]
    else:
        with pytest.raises(SourceError, match="no bars from"):
            source.fetch("A", LONG_AGO, None)


def test_a_tick_leaves_no_part_behind(tmp_path: Path, home: Path) -> None:
    for _ in range(3):
        replay(tmp_path).tick()

    assert len(os.listdir(home / "replay")) == 1
