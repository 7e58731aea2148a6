from pathlib import Path

import pytest

from lstm_assets.errors import StudyError
from lstm_assets.search import METHODS
from lstm_assets.study.file import read_studies, read_study
from lstm_assets_tests.study.conftest import STUDY, Studies

KEYS = (
    "code, ticker, source, date_begin, date_end, evaluation_share, holdout, rank_by, "
    "folds, finalists, price, model, search, "
    "retune, owners, max_gap_days"
)
HYPERPARAMETERS = (
    "epoch, batch_size, learning_rate, ratio_train_set, size_sequence, seed, "
    "size_unit_input, size_unit_hidden, size_unit_output"
)
TEXT_OF_CODE = "expected text of 1 to 12 of A-Z 0-9, e.g. `code: USDKRW`."
RATE = "expected a number over 0. Write e.g. `learning_rate: [0.001, 0.005]`."
EPOCHS = "expected whole epochs from 1. Write e.g. `epoch: [20, 30]`."
HOLDOUT = (
    "holdout needs `share`, a share of the study's bars, or `date_end`, the last date of bars "
    "after the study's own date_end. Write one of them."
)
SHARE = "expected a share between 0 and 1, e.g. `evaluation_share: 0.1`."


def refusal(file: Path) -> str:
    with pytest.raises(StudyError) as error:
        read_study(file)
    message = str(error.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ticker:", "tickr:",
         f"tickr is not a key of a study. Did you mean `ticker`? Allowed: {KEYS}."),
        ("ticker:", '"tick\\ner":', None),
        ("method: grid", "methd: grid", None),
        ("[2, 3]", "[]", "search.space.epoch is [], expected a list of at least one value. "
         "Write e.g. `epoch: [20, 30]`."),
        ("[2, 3]", "2", "search.space.epoch is 2, expected a list of at least one value. "
         "Write e.g. `epoch: [20, 30]`."),
        ("[5]", "[5, two weeks]", "search.space.size_sequence[1] is 'two weeks', "
         "expected whole bars from 1. Write e.g. `size_sequence: [50]`."),
        ("[0.001, 0.005]", "[-0.001]", f"search.space.learning_rate[0] is -0.001, {RATE}"),
        ("[0.001, 0.005]", "[0]", f"search.space.learning_rate[0] is 0, {RATE}"),
        ("[0.001, 0.005]", "[.nan]", f"search.space.learning_rate[0] is nan, {RATE}"),
        ("[0.001, 0.005]", "[.inf]", f"search.space.learning_rate[0] is inf, {RATE}"),
        ("[0.001, 0.005]", "[true]", f"search.space.learning_rate[0] is True, {RATE}"),
        ("[2, 3]", "[true]", f"search.space.epoch[0] is True, {EPOCHS}"),
        ("[2, 3]", "[2.5]", f"search.space.epoch[0] is 2.5, {EPOCHS}"),
        ("[2, 3]", "[2, 3, 2]",
         "search.space.epoch[2] is 2, which is in the list twice. Write it once."),
        ("[2, 3]", "[2, 2.0]",
         "search.space.epoch[1] is 2, which is in the list twice. Write it once."),
        ("[0.8, 0.9]", "[0.8, 0.95]", "search.space.ratio_train_set[1] is 0.95, which would train "
         "on the evaluation bars, expected at most 1 - evaluation_share = 0.9. "
         "Lower it, or lower evaluation_share."),
        ("share: 0.1", "share: 1", f"evaluation_share is 1, {SHARE}"),
        ("share: 0.1", "share: .nan", f"evaluation_share is nan, {SHARE}"),
        ("share: 0.1", "share: true", f"evaluation_share is True, {SHARE}"),
        ("code: EURUSD", "code: ABCDEFGHIJKLM", f"code is 'ABCDEFGHIJKLM', {TEXT_OF_CODE}"),
        ("code: EURUSD", "code: eurusd", f"code is 'eurusd', {TEXT_OF_CODE}"),
        ("code: EURUSD", "code: [A]", f"code is ['A'], {TEXT_OF_CODE}"),
        ("[5]", "[010, 1:30]", "search.space.size_sequence[0] is '010', expected whole bars from "
         "1. A number has no 0 before it: write 10. Write e.g. `size_sequence: [50]`."),
        ("[5]", "[1:30]", "search.space.size_sequence[0] is '1:30', expected whole bars from 1. "
         "A number has no colon: write 90. Write e.g. `size_sequence: [50]`."),
        ("[2, 3]", "[2147483648]", "search.space.epoch[0] is 2147483648, expected whole epochs "
         "from 1. The largest is 2147483647. Write e.g. `epoch: [20, 30]`."),
        ("[2, 3]", "[1e30]", "search.space.epoch[0] is 1e30, expected whole epochs "
         "from 1. The largest is 2147483647. Write e.g. `epoch: [20, 30]`."),
        ("[0.001, 0.005]", "[1e-400]", "search.space.learning_rate[0] is 1e-400, expected a number "
         "over 0. A number is 0, or from 5e-324 to 1.79e308. "
         "Write e.g. `learning_rate: [0.001, 0.005]`."),
        ("[0.001, 0.005]", "[1e400]", "search.space.learning_rate[0] is 1e400, expected a number "
         "over 0. A number is 0, or from 5e-324 to 1.79e308. "
         "Write e.g. `learning_rate: [0.001, 0.005]`."),
        ("share: 0.1", "share: 00.1", f"evaluation_share is '00.1', {SHARE} "
         "A number has no 0 before it: write 0.1."),
        ("2020-01-01", "2020", "date_begin is 2020, expected a date, "
         "e.g. `date_begin: 2013-01-01`."),
        ("2020-01-01", "2020-01-01T00:00:00", "date_begin is '2020-01-01T00:00:00', expected a "
         "date, e.g. `date_begin: 2013-01-01`."),
        ("2020-01-01", "20200101", "date_begin is 20200101, expected a date, "
         "e.g. `date_begin: 2013-01-01`."),
        ("model: lstm", "Model: lstm",
         f"Model is not a key of a study. Did you mean `model`? Allowed: {KEYS}."),
        ("epoch:", "EPOCH:", "search.space.EPOCH is not a hyperparameter of model lstm. "
         f"Did you mean `epoch`? Allowed: {HYPERPARAMETERS}."),
        ("epoch: [2, 3]", "epoch: [2, 3]\n      Epoch: [4]", "search.space.Epoch is not a "
         f"hyperparameter of model lstm. Did you mean `epoch`? Allowed: {HYPERPARAMETERS}."),
        ("model: lstm", "1: 2", f"1 is not a key of a study. Allowed: {KEYS}."),
        ("model: lstm", "null: 2", f"null is not a key of a study. Allowed: {KEYS}."),
        ("kind: ecb", "Kind: ecb", "source.kind is missing, allowed: csv, ecb, replay, yahoo. "
         "Write `kind` instead of 'Kind'."),
        ("attributes:", "Attributes:", "Attributes is not a key of a study. Did you mean "
         "`attributes`? Allowed: type, attributes."),
        ("method: grid", "method: random\n    n_trials: 010", "search.n_trials is '010', expected "
         "whole trials from 1, e.g. `n_trials: 64`. A number has no 0 before it: write 10."),
        ("method: grid", "method: random\n    n_trials: 2147483644",
         "search.n_trials is 2147483644, expected at most 2147483643: so many CODE_TASKs begin "
         "with EURUSD. Lower it, or give the study a shorter code."),
        ("method: grid", f"method: random\n    seed: {2**63}", f"search.seed is {2**63}, expected "
         f"a whole number from 0, e.g. `seed: 1`. The largest is {2**63 - 1}."),
        ("method: grid", "method: coarse_to_fine\n    draw: grid\n    points: 100001",
         "search.points is 100001, expected at most 100,000. Lower it."),
        ("method: grid", "method: halving\n    n_trials: 9\n    brackets: 010",
         "search.brackets is '010', expected whole brackets from 1, or all, "
         "e.g. `brackets: all`. A number has no 0 before it: write 10."),
        ("kind: ecb", "kind: yahoo, attempts: 010", "source.attempts is '010', expected a valid "
         "integer. A number has no 0 before it: write 10."),
        ("share: 0.1", "share: 0.1\n  holdout: {}", HOLDOUT),
        ("share: 0.1", "share: 0.1\n  holdout: {share: 0.1, date_end: 2023-12-31}", HOLDOUT),
        ("share: 0.1", "share: 0.1\n  holdout: {date_end: 2021-12-31}",
         "holdout.date_end is 2021-12-31, expected a date after the study's date_end (2021-12-31). "
         "A study that follows the market takes `holdout: {share: 0.1}`."),
        ("share: 0.1", "share: 0.1\n  holdout: {share: 1}",
         "holdout.share is 1, expected a share between 0 and 1, e.g. `share: 0.1`."),
        ("share: 0.1", "share: 0.1\n  holdout: {shar: 1}",
         "holdout.shar is not a key of a study. Did you mean `share`? "
         "Allowed: share, date_end."),
        ("share: 0.1", "share: 0.1\n  holdout: 0.1",
         "holdout is 0.1, expected a mapping, e.g. `holdout: {share: 0.1}`."),
        ("2021-12-31", "2019-12-31", "date_end is 2019-12-31, expected a date after date_begin "
         "(2020-01-01), or nothing to follow the market."),
        ("2020-01-01", "2020-02-30",
         "date_begin is '2020-02-30', expected a date, e.g. `date_begin: 2013-01-01`."),
        ("2020-01-01", "soon",
         "date_begin is 'soon', expected a date, e.g. `date_begin: 2013-01-01`."),
        ("model: lstm", "model: mlp", "model is 'mlp', expected one of lstm."),
        ("model: lstm", "model: [lstm]", "model is ['lstm'], expected one of lstm."),
        ("method: grid", "method: tpe",
         f"search.method is 'tpe', expected one of {', '.join(METHODS)}."),
        ("method: grid", "method: grid\n    n_trial: 4", "search.n_trial is not a key of a study. "
         "Did you mean `n_trials`? Allowed: method, space, constraint, warm_start, n_trials, "
         "budget_epochs, budget_minutes, patience, seed, parallel."),
        ("method: grid", "method: random\n    n_trials: 0\n    seed: -1",
         "search.n_trials is 0, expected whole trials from 1, e.g. `n_trials: 64`. "
         "search.seed is -1, expected a whole number from 0, e.g. `seed: 1`."),
        ("method: grid", "method: random\n    budget_minutes: true",
         "search.budget_minutes is True, expected minutes of training over 0, "
         "e.g. `budget_minutes: 90`."),
        ("method: grid", "method: grid\n    constraint: epoch > 3",
         "search.constraint is 'epoch > 3', but none of the combinations "
         "satisfies it. Widen the space, or correct the constraint."),
        ("[0.001, 0.005]", "{low: 1e-4, high: 1, scale: log}",
         "search.space.learning_rate lists no values, which a grid needs. Add `step` or "
         "`points`, write a list, or choose another method."),
        ("method: grid", "method: grid\n    warm_start: {study: OTHER}",
         "search.warm_start has no effect with method grid, which does not learn from results. "
         "Remove it, or choose another method."),
        ("method: grid", "method: bayesian\n    n_trials: 9\n    warm_start: {study: EURUSD}",
         "search.warm_start.study is 'EURUSD', the study itself. Its search already uses its "
         "own results. Remove the key, or name another study."),
        ("method: grid", "method: halving\n    n_trials: 9\n    brackets: 0",
         "search.brackets is 0, expected whole brackets from 1, or all, e.g. `brackets: all`."),
        ("kind: ecb", "kind: bank", "source.kind is 'bank', allowed: csv, ecb, replay, yahoo."),
        ("{kind: ecb}", "ecb", "source is 'ecb', expected e.g. `source: {kind: ecb}`."),
        ("model: lstm", "retune: {enable: true}",
         "retune.enable is not a key of a study. Did you mean `enabled`? "
         "Allowed: enabled, min_new_bars, top_k, warm_start, interval_seconds."),
        ("model: lstm", "retune: {top_k: -1}",
         "retune.top_k is -1, expected whole cells from 1, e.g. `top_k: 8`, or 0 for all."),
        ("model: lstm", "retune: {enabled: 1}",
         "retune.enabled is 1, expected true or false."),
        ("model: lstm", "retune: daily",
         "retune is 'daily', expected a mapping, e.g. `retune: {enabled: true}`."),
        ("model: lstm", "owners: [me]", "owners is ['me'], expected a list of e-mail addresses "
         "and team:NAME, e.g. `[team:quants]`."),
        ("model: lstm", "max_gap_days: 0",
         "max_gap_days is 0, expected whole trading days from 1, e.g. `max_gap_days: 10`."),
        ("  source: {kind: ecb}\n", "",
         "source is missing, expected e.g. `source: {kind: ecb}`."),
        ("  code: EURUSD\n", "", f"code is missing, {TEXT_OF_CODE}"),
        ("  ticker: EUR/USD\n", "",
         "ticker is missing, expected text of 1 to 20 characters, e.g. `ticker: '2330'`."),
        ("      epoch: [2, 3]\n", "",
         "search.space.epoch is missing. Write e.g. `epoch: [20, 30]`."),
        ("epoch:", "epohc:", "search.space.epohc is not a hyperparameter of model lstm. "
         f"Did you mean `epoch`? Allowed: {HYPERPARAMETERS}."),
        ("  code: EURUSD\n", "  code: EURUSD\n  code: SECOND\n",
         "line 4: key 'code' is repeated. Correct the YAML there."),
        ("[0.8, 0.9]", "[0.8, 0.9",
         "line 17: expected ',' or ']', but got ':'. Correct the YAML there."),
        ("  code: EURUSD\n", "  ? [a, b]\n  : 1\n",
         "line 3: found unhashable key. Correct the YAML there."),
        ("lstm_assets.components.TuningStudy", "TuningStudies",
         "type is 'TuningStudies', expected lstm_assets.components.TuningStudy."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(
    studies: Studies, old: str, new: str, message: str | None
) -> None:
    said = refusal(studies.write(old, new))

    assert said.startswith("eurusd/defs.yaml: ")
    if message is not None:
        assert said == f"eurusd/defs.yaml: {message}"


def test_several_mistakes_are_told_together(studies: Studies) -> None:
    file = studies.write("code: EURUSD\n  ticker: EUR/USD", "code: eur\n  ticker: ''")

    assert refusal(file) == (
        f"eurusd/defs.yaml: code is 'eur', {TEXT_OF_CODE} "
        "ticker is '', expected text of 1 to 20 characters, e.g. `ticker: '2330'`."
    )


@pytest.mark.parametrize("text", ["", "- code: A\n", "type: x\n", "attributes: [1]\n", "EURUSD\n"])
def test_a_file_without_attributes_is_refused(studies: Studies, text: str) -> None:
    assert refusal(studies.write(text=text)) == (
        "eurusd/defs.yaml: no attributes. "
        "A study starts with `type: lstm_assets.components.TuningStudy` and `attributes:`."
    )


@pytest.mark.parametrize("written", ["search: [1]", "search: grid", "search:"])
def test_a_search_that_is_no_mapping_is_refused(studies: Studies, written: str) -> None:
    text = STUDY[: STUDY.index("search:")] + written

    assert "expected e.g. `search: {method: grid, space: {epoch: [20, 30]}}`." in refusal(
        studies.write(text=text)
    )


def test_a_space_that_is_no_mapping_is_refused(studies: Studies) -> None:
    text = STUDY[: STUDY.index("space:")] + "space: [2, 3]"

    assert refusal(studies.write(text=text)) == (
        "eurusd/defs.yaml: search.space is [2, 3], expected a list of values per hyperparameter. "
        "Write e.g. `epoch: [20, 30]` below it."
    )


def test_a_file_in_utf_16_is_refused(studies: Studies) -> None:
    file = studies.write_bytes(STUDY.encode("utf-16"))

    assert refusal(file) == "eurusd/defs.yaml: byte 0 is not UTF-8. Save the file as UTF-8."


def test_a_file_that_is_not_there_is_refused(studies: Studies) -> None:
    file = studies.folder / "eurusd" / "defs.yaml"

    assert refusal(file) == "eurusd/defs.yaml: No such file or directory. Check the path."


def test_a_folder_name_that_dagster_cannot_take_is_refused(studies: Studies) -> None:
    assert refusal(studies.write(name="eur-usd")) == (
        "eur-usd/defs.yaml: the study's folder is named 'eur-usd', "
        "expected letters, digits and _. Rename it."
    )


def test_two_studies_with_one_code_are_refused(studies: Studies) -> None:
    studies.write(name="first")
    studies.write(name="second")

    with pytest.raises(StudyError) as error:
        read_studies(Path())

    assert str(error.value) == (
        "second/defs.yaml: code is 'EURUSD', which first/defs.yaml already has. "
        "Give each study a different code."
    )


def test_two_folders_with_one_name_are_refused(studies: Studies) -> None:
    studies.write(name="a/eurusd")
    studies.write("code: EURUSD", "code: SECOND", name="b/eurusd")

    with pytest.raises(StudyError) as error:
        read_studies(Path())

    assert str(error.value) == (
        "b/eurusd/defs.yaml: the study's folder is named 'eurusd', like the folder of "
        "a/eurusd/defs.yaml. Rename one of them."
    )


def test_a_folder_without_studies_is_refused(studies: Studies) -> None:
    (studies.folder / "empty").mkdir()

    with pytest.raises(StudyError) as error:
        read_studies(Path("empty"))

    assert str(error.value) == (
        "empty contains no study. Add a folder with a defs.yaml that starts with "
        "`type: lstm_assets.components.TuningStudy`."
    )


def test_a_folder_that_is_not_there_is_refused(studies: Studies) -> None:
    with pytest.raises(StudyError) as error:
        read_studies(studies.folder / "nowhere")

    assert str(error.value) == "nowhere is not a folder. Name one that contains a folder per study."
