import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Split, bars_needed
from lstm_assets.errors import StudyError, TooFewBarsError
from lstm_assets.search.methods.grid import Grid
from lstm_assets.search.methods.random import Random
from lstm_assets.search.space.reading import ON_COMMAND_LINE
from lstm_assets.settings import shipped_studies
from lstm_assets.sources.csv import Csv
from lstm_assets.sources.ecb import Ecb
from lstm_assets.study.file import read_studies, read_study
from lstm_assets_tests.study.conftest import STUDY, Studies


def test_the_shipped_study_is_the_reference_experiment() -> None:
    study = read_studies(shipped_studies())["USDKRW"]

    assert (study.name, study.ticker, study.source) == ("usd_krw", "USD/KRW", Ecb())
    assert study.date_begin == datetime.date(2013, 1, 1)
    assert study.date_end == datetime.date(2022, 12, 31)
    assert (study.evaluation_share, study.price) == (0.1, "mid")
    assert (study.model, study.search, study.prior_results) == ("lstm", Grid(), None)
    assert study.space.written == {
        "epoch": [20, 30],
        "batch_size": [10, 20],
        "learning_rate": [0.001, 0.005],
        "ratio_train_set": [0.8, 0.9],
        "size_sequence": [50],
        "size_unit_input": [50, 64],
        "size_unit_hidden": [64, 128],
        "size_unit_output": [1],
    }


def test_the_shipped_study_has_64_tuples() -> None:
    tuples = read_studies(shipped_studies())["USDKRW"].space.combinations()

    assert len({tuple(each.values()) for each in tuples}) == len(tuples) == 64
    assert list(tuples[0].values()) == [20, 10, 0.001, 0.8, 50, 50, 64, 1]
    assert list(tuples[1].values()) == [20, 10, 0.001, 0.8, 50, 50, 128, 1]
    assert list(tuples[-1].values()) == [30, 20, 0.005, 0.9, 50, 64, 128, 1]


def test_what_is_left_out_has_its_default(studies: Studies) -> None:
    short = STUDY
    for line in ("date_end: 2021-12-31", "evaluation_share: 0.1", "model: lstm", "method: grid"):
        short = "\n".join(each for each in short.splitlines() if each.strip() != line)

    study = read_study(studies.write(text=short))

    assert study.date_end is None
    assert (study.evaluation_share, study.price) == (0.1, "close")
    assert (study.model, study.search) == ("lstm", Grid())


@pytest.mark.parametrize("text", ["1e-3", "'0.001'", "1.0e-3", "0.001"])
def test_numbers_that_yaml_reads_as_text_are_numbers(studies: Studies, text: str) -> None:
    study = read_study(studies.write("[0.001, 0.005]", f"[{text}]"))

    assert study.space.written["learning_rate"] == [0.001]


def test_a_whole_number_may_be_written_with_a_point_or_as_text(studies: Studies) -> None:
    study = read_study(studies.write("[2, 3]", "[2.0, '3']"))

    assert study.space.written["epoch"] == [2, 3]
    assert all(type(value) is int for value in study.space.written["epoch"])


@pytest.mark.parametrize(
    "text",
    ["000660", "2330", "1e3", "0x10", "1:30", "1_000", "no", "on", "TRUE", "2020-01-01", "'010'"],
)
def test_a_ticker_is_the_text_as_it_is_written(studies: Studies, text: str) -> None:
    study = read_study(studies.write("ticker: EUR/USD", f"ticker: {text}"))

    assert study.ticker == text.strip("'")


@pytest.mark.parametrize("text", ["0123", "2330", "1E3", "NO"])
def test_a_code_is_the_text_as_it_is_written(studies: Studies, text: str) -> None:
    assert read_study(studies.write("code: EURUSD", f"code: {text}")).code == text


@pytest.mark.parametrize("text", ["[1e1, 2e+1]", "[0xa, 0o24]", "[+10, 20.]", "['1e1', \"20\"]"])
def test_whole_numbers_are_those_of_yaml_1_2(studies: Studies, text: str) -> None:
    epochs = read_study(studies.write("[2, 3]", text)).space.written["epoch"]

    assert [(each, type(each)) for each in epochs] == [(10, int), (20, int)]


def test_a_study_of_a_long_code_has_fewer_cells(studies: Studies) -> None:
    text = STUDY.replace("EURUSD", "ABCDEFGHIJKL").replace("grid", "random\n    n_trials: 9999999")
    more = text.replace("9999999", "10000000")

    assert read_study(studies.write(text=text)).search.n_trials == 9_999_999
    with pytest.raises(StudyError, match="n_trials is 10000000, expected at most 9999999: so many"):
        read_study(studies.write(text=more))


def test_a_file_may_begin_with_a_byte_order_mark(studies: Studies) -> None:
    file = studies.write_bytes(STUDY.encode("utf-8-sig"))

    assert read_study(file).code == "EURUSD"


def test_a_relative_path_starts_at_the_studys_file(studies: Studies) -> None:
    file = studies.write("{kind: ecb}", "{kind: csv, path: bars.csv}")

    source = read_study(file).source

    assert isinstance(source, Csv)
    assert source.path == file.parent / "bars.csv"


def test_studies_are_found_at_any_depth_by_code(studies: Studies) -> None:
    studies.write(name="currencies/eurusd")
    studies.write("code: EURUSD", "code: SECOND", name="second")

    found = read_studies(Path())

    assert {code: study.name for code, study in found.items()} == {
        "EURUSD": "eurusd",
        "SECOND": "second",
    }


@pytest.mark.parametrize("percent", range(5, 51))
def test_training_may_reach_exactly_up_to_the_evaluation_bars(
    studies: Studies, percent: int
) -> None:
    share = Decimal(percent) / 100
    ratios = STUDY.replace("[0.8, 0.9]", f"[{1 - share}]")

    study = read_study(
        studies.write("evaluation_share: 0.1", f"evaluation_share: {share}", text=ratios)
    )

    assert study.space.written["ratio_train_set"] == [float(1 - share)]


@pytest.mark.parametrize("percent", [5, 7, 10, 33, 50])
def test_training_may_not_reach_any_further(studies: Studies, percent: int) -> None:
    share = Decimal(percent) / 100
    ratios = STUDY.replace("[0.8, 0.9]", f"[{1 - share + Decimal('1e-9')}]")
    file = studies.write("evaluation_share: 0.1", f"evaluation_share: {share}", text=ratios)

    with pytest.raises(StudyError, match="expected at most 1 - evaluation_share"):
        read_study(file)


def test_bars_needed_is_the_fewest_that_every_tuple_can_be_cut_from(studies: Studies) -> None:
    study = read_study(studies.write("size_sequence: [5]", "size_sequence: [5, 20]"))

    def fits(bars: int) -> bool:
        try:
            for ratio in (0.8, 0.9):
                for look_back in (5, 20):
                    Split.of(bars, ratio, 0.1, look_back, 1)
        except TooFewBarsError:
            return False
        return True

    assert study.bars_needed == next(bars for bars in range(1, 100) if fits(bars))


@pytest.mark.parametrize(
    "constraint",
    [
        "size_unit_output == 1",
        "size_sequence * size_unit_output < 50",
        "size_sequence * ratio_train_set < 16.1 or size_unit_output == 1 and size_sequence < 30",
    ],
)
def test_bars_needed_is_the_most_that_a_tuple_of_the_list_needs(
    studies: Studies, constraint: str
) -> None:
    text = STUDY.replace("size_sequence: [5]", "size_sequence: [5, 20, 40]")
    text = text.replace("size_unit_output: [1]", "size_unit_output: [1, 3, 9]")
    study = read_study(
        studies.write("method: grid", f"method: grid\n    constraint: {constraint}", text=text)
    )

    needed = []
    for cell in study.space.combinations():
        training, network = settings_of(cell, "lstm")
        shape = (training.ratio_train_set, 0.1, training.size_sequence, network.horizon)
        needed.append(bars_needed(*shape))

    assert study.bars_needed == max(needed)


def test_bars_needed_of_ranges_is_that_of_their_ends(studies: Studies) -> None:
    ranges = STUDY.replace("[0.8, 0.9]", "{low: 0.5, high: 0.9}").replace("grid", "random")
    ends = STUDY.replace("[0.8, 0.9]", "[0.5, 0.9]").replace("size_sequence: [5]", "X: [5, 40]")
    n_trials = "method: random\n    n_trials: 4"

    ranged = read_study(studies.write("method: random", n_trials, text=ranges.replace(
        "size_sequence: [5]", "size_sequence: {low: 5, high: 40}")))  # fmt: skip
    listed = read_study(studies.write(text=ends.replace("X:", "size_sequence:")))

    assert ranged.bars_needed == listed.bars_needed


def test_a_replaced_list_keeps_its_place_in_the_space(studies: Studies) -> None:
    study = read_study(studies.write())

    changed = study.with_space({"batch_size": ["20", "40"]}, ON_COMMAND_LINE)

    assert list(changed.space.parameters) == list(study.space.parameters)
    assert changed.space.written == {**study.space.written, "batch_size": [20, 40]}
    assert study.space.written["batch_size"] == [10]


def test_a_list_may_be_replaced_by_a_range_and_back(studies: Studies) -> None:
    study = read_study(studies.write("method: grid", "method: random\n    n_trials: 4"))
    rate = {"low": "1e-4", "high": 1, "scale": "log"}

    ranged = study.with_space({"learning_rate": rate}, "space.")
    back = ranged.with_space({"learning_rate": ["0.001", "0.005"]}, ON_COMMAND_LINE)

    assert ranged.space.written["learning_rate"] == {"low": 0.0001, "high": 1.0, "scale": "log"}
    assert back == study


def test_a_space_that_is_replaced_keeps_its_constraint(studies: Studies) -> None:
    rule = "size_unit_hidden >= size_unit_input"
    study = read_study(studies.write("method: grid", f"method: grid\n    constraint: {rule}"))

    changed = study.with_space({"size_unit_input": ["1", "3"]}, ON_COMMAND_LINE)

    assert {cell["size_unit_input"] for cell in changed.space.combinations()} == {1}
    with pytest.raises(StudyError, match="satisfies"):
        study.with_space({"size_unit_input": ["3"]}, ON_COMMAND_LINE)


def test_a_studys_method_has_its_settings(studies: Studies) -> None:
    study = read_study(
        studies.write(
            "method: grid", "method: random\n    n_trials: 4\n    seed: 7\n    patience: 2"
        )
    )

    assert study.search == Random(n_trials=4, seed=7, patience=2)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (
            {"batch_siez": ["20"]},
            "--set batch_siez is not a hyperparameter of model lstm. Did you mean `batch_size`? "
            "Allowed: epoch, batch_size, learning_rate, ratio_train_set, size_sequence, seed, "
            "size_unit_input, size_unit_hidden, size_unit_output.",
        ),
        (
            {"epoch": ["2", "two"]},
            "--set epoch[1] is 'two', expected whole epochs from 1. "
            "Write e.g. `--set epoch=20,30`.",
        ),
        (
            {"learning_rate": {"low": 0.001, "high": 0.1}},
            "search.space.learning_rate lists no values, which a grid needs. Add `step` or "
            "`points`, write a list, or choose another method.",
        ),
        (
            {"ratio_train_set": {"low": 0.5, "high": 0.95, "points": 3}},
            "--set ratio_train_set[2] is 0.95, which would train on the evaluation bars, "
            "expected at most 1 - evaluation_share = 0.9. Lower it, or lower evaluation_share.",
        ),
        (
            {"ratio_train_set": {"low": 0.5, "high": 0.95}},
            "--set ratio_train_set at its highest is 0.95, which would train on the evaluation "
            "bars, expected at most 1 - evaluation_share = 0.9. Lower it, or lower "
            "evaluation_share.",
        ),
        (
            {"ratio_train_set": ["0.8", "0.95"]},
            "--set ratio_train_set[1] is 0.95, which would train on the evaluation bars, "
            "expected at most 1 - evaluation_share = 0.9. Lower it, or lower evaluation_share.",
        ),
    ],
)
def test_a_wrong_replacement_is_refused(
    studies: Studies, replaced: dict[str, object], message: str
) -> None:
    study = read_study(studies.write())

    with pytest.raises(StudyError) as refusal:
        study.with_space(replaced, ON_COMMAND_LINE)

    assert str(refusal.value) == message
