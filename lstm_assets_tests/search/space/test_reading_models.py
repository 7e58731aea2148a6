"""Spaces of models whose hyperparameters are not numbers alone, and spaces that models share."""

import json

import pytest

from lstm_assets.errors import StudyError
from lstm_assets.search.space.reading import read_space, replace_written
from lstm_assets.study.reader import read_yaml
from lstm_assets_tests.search.toy import LSTM, TRAINING, labelled, lstm_space, toy, toy_space

__all__ = ["labelled", "toy"]


def test_a_choice_may_list_words_truth_values_and_lists(toy: str) -> None:
    space = toy_space(
        hidden_layer_sizes=[[64, "32"], [128], []],
        activation=["tanh", "relu"],
        bias=[True, False],
        dropout=[None, 0, "0.5"],
    )

    assert len(space.combinations()) == 2 * 3 * 2 * 2 * 3
    assert space.combinations()[-1] == {
        "epoch": 30, "batch_size": 10, "learning_rate": 0.001, "ratio_train_set": 0.8,
        "size_sequence": 50, "hidden_layer_sizes": [], "activation": "relu", "bias": False,
        "dropout": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("hidden_layer_sizes", [[64, 32], [64.0, 32]],
         "hidden_layer_sizes[1] is [64, 32], which is in the list twice. Write it once."),
        ("hidden_layer_sizes", [[64, 0.5]], "hidden_layer_sizes[0] is [64, 0.5], expected a list "
         "of whole units. Write e.g. `hidden_layer_sizes: [[64, 32], [128]]`."),
        ("hidden_layer_sizes", [64],
         "hidden_layer_sizes[0] is 64, expected a list of whole units. "
         "Write e.g. `hidden_layer_sizes: [[64, 32], [128]]`."),
        ("activation", ["gelu"], "activation[0] is 'gelu', expected relu or tanh. "
         "Write e.g. `activation: ['relu', 'tanh']`."),
        ("activation", {"low": 1, "high": 2}, "activation is a range, but its values are not "
         "numbers. Write a list, e.g. `activation: ['relu', 'tanh']`."),
        ("bias", {"dist": "randint", "low": 0, "high": 2}, "bias is a distribution, but its values "
         "are not numbers. Write a list, e.g. `bias: [True, False]`."),
        ("dropout", {"low": 0, "high": 1}, "dropout.high is 1, expected a share from 0. "
         "Write e.g. `dropout: {low: 0.0, high: 0.5}`."),
        ("hidden_layer_sizes", [["010"]], "hidden_layer_sizes[0] is ['010'], expected a list of "
         "whole units. A number has no 0 before it: write 10. "
         "Write e.g. `hidden_layer_sizes: [[64, 32], [128]]`."),
        ("bias", ["yes"], "bias[0] is 'yes', expected true or false. Write true. "
         "Write e.g. `bias: [True, False]`."),
        ("dropout", {"values": [0.5], "when": "layer > 1"}, "dropout.when is 'layer > 1', which "
         "uses layer, but the space does not have it. Did you mean `layers`? "
         f"It has: {', '.join(TRAINING)}, layers, dropout."),
        ("dropout", {"values": [0.5], "when": "dropout > 0"}, "dropout.when is 'dropout > 0', "
         "which depends on dropout itself. Use only other hyperparameters in it."),
    ],
)  # fmt: skip
def test_a_mistake_in_other_than_numbers_is_told(
    toy: str, name: str, written: object, message: str
) -> None:
    with pytest.raises(StudyError) as error:
        toy_space(layers=[1, 2], **{name: written})

    assert str(error.value) == f"search.space.{message}"


@pytest.mark.usefixtures("labelled")
def test_a_text_is_kept_as_it_is_written() -> None:
    written = "[000660, 1e3, 010, no, TRUE, 1:30, '5', 2330]"

    space = toy_space(label=read_yaml(written))

    assert space.written["label"] == ["000660", "1e3", "010", "no", "TRUE", "1:30", "5", "2330"]


@pytest.mark.usefixtures("labelled")
def test_what_a_space_holds_is_in_plain_types() -> None:
    written = toy_space(width=read_yaml("[1e3, 0x10, [1e1], auto]")).written["width"]

    assert written == [1000, 16, [10], "auto"]
    assert [type(each) for each in (*written[:2], *written[2])] == [float, int, float]


def test_a_truth_value_may_be_written_as_yaml_1_2_has_it(toy: str) -> None:
    assert toy_space(bias=read_yaml("[TRUE, false]")).written["bias"] == [True, False]


@pytest.mark.usefixtures("labelled")
def test_values_of_a_cell_fill_their_column_and_no_more() -> None:
    room = 65_535 - len('{"activation":"relu","label":""}')

    assert toy_space(label=["x" * room], activation=["relu"])
    with pytest.raises(StudyError) as error:
        toy_space(label=["x" * room], activation=["tanh", "relu"], bias=[True])
    assert str(error.value) == (
        "search.space.label has a value of 65,505 characters, and the values of a cell may have "
        "65,535 bytes as JSON, all but those with a column of their own. Shorten it."
    )


def test_two_hyperparameters_that_depend_on_each_other_are_refused(toy: str) -> None:
    with pytest.raises(
        StudyError, match=r"bias\.when is 'dropout > 0', which depends on bias itse"
    ):
        toy_space(
            bias={"values": [True], "when": "dropout > 0"},
            dropout={"values": [0.5], "when": "bias"},
        )


def test_a_symlog_range_may_touch_0(toy: str) -> None:
    space = toy_space(shift={"low": -1, "high": 1, "scale": "symlog", "points": 3})

    assert space.parameters["shift"].values == [-1, 0, 1]


SHARED = {
    **LSTM,
    "size_unit_input": {"values": [2], "when": "model == 'lstm'"},
    "size_unit_hidden": {"values": [3], "when": "model in ['lstm']"},
    "layers": {"low": 1, "high": 4, "step": 1, "when": "model == 'toy'"},
    "dropout": {"values": [0.1, 0.2], "when": "model == 'toy' and layers > 1"},
}


def test_studies_of_several_models_can_share_one_space(toy: str) -> None:
    of_lstm = read_space(SHARED, "lstm", constraint="layers < 4 or size_unit_hidden == 3")
    of_toy = read_space(SHARED, "toy", constraint="layers < 4 or size_unit_hidden == 3")

    assert of_lstm.combinations() == lstm_space().combinations()
    assert {(cell["layers"], cell.get("dropout")) for cell in of_toy.combinations()} == {
        (1, None), (2, 0.1), (2, 0.2), (3, 0.1), (3, 0.2), (4, 0.1), (4, 0.2),
    }  # fmt: skip
    assert not any("size_unit_input" in cell for cell in of_toy.combinations())


def test_what_another_model_has_is_checked_as_that_model_has_it(toy: str) -> None:
    for written, part in (
        ({"values": [2.5], "when": "model == 'toy'"}, r"layers\[0\] is 2.5, expected whole layers"),
        (
            {"values": [2], "when": "model == 'tow'"},
            "is false for every model that has layers: toy",
        ),
        ({"values": [2], "when": "model != 'toy'"}, "layers is not a hyperparameter of model lstm"),
    ):
        with pytest.raises(StudyError, match=part):
            lstm_space(layers=written)
    with pytest.raises(StudyError, match="layrs is not a hyperparameter of model lstm"):
        lstm_space(layrs={"values": [2], "when": "model == 'toy'"})


def test_a_list_that_is_replaced_keeps_its_condition(toy: str) -> None:
    space = read_space(SHARED, "toy")

    lists = replace_written(space.written, {"dropout": ["0.3"], "epoch": ["5"]})

    tuples = read_space(lists, "toy").combinations()
    assert {(cell["epoch"], cell["layers"], cell.get("dropout")) for cell in tuples} == {
        (5, 1, None), (5, 2, 0.3), (5, 3, 0.3), (5, 4, 0.3),
    }  # fmt: skip


@pytest.mark.parametrize("model", ["lstm", "toy"])
def test_what_is_written_of_a_shared_space_reads_as_the_same_space(toy: str, model: str) -> None:
    rule = "layers < 4 or size_unit_hidden == 3"
    given = {**SHARED, "hidden_layer_sizes": {"values": [[64, 32]], "when": "model == 'toy'"}}
    space = read_space(given, model, constraint=rule)

    assert read_space(json.loads(json.dumps(space.written)), model, constraint=rule) == space
