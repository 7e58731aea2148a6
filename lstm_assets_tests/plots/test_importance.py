from lstm_assets.evaluation.importance import Importance, Share
from lstm_assets.plots.drawing import INK
from lstm_assets.plots.importance import MOST_BARS, importance
from lstm_assets_tests.plots.pictures import shown

FOUND = Importance((Share("rate", 0.6, 0.5, 0.7), Share("<b>&size", 0.1, 0.0, 0.2)), 64)


def test_each_hyperparameter_has_a_bar_with_its_share_and_the_trees_spread() -> None:
    picture = shown(importance(FOUND, 64))

    texts = picture.texts
    assert {"rate", "<b>&size", "60%", "10%"} <= set(texts)
    first, second = (line for line in picture.lines(INK) if len(line) == 2)
    widths = [first[1][0] - first[0][0], second[1][0] - second[0][0]]
    assert abs(widths[0] - widths[1]) < 0.2  # both 0.2 of the variance
    assert first[0][1] < second[0][1]  # the most important is on top


def test_the_caption_names_the_method_the_results_and_what_is_left() -> None:
    caption = shown(importance(FOUND, 64)).caption

    assert (
        "(functional ANOVA of 64 results). Combinations of hyperparameters explain the" in caption
    )


def test_the_caption_says_of_how_many_results_some_were_taken() -> None:
    assert "64 of 5,000 results, evenly from best to worst" in importance(FOUND, 5000)


def test_of_many_hyperparameters_the_first_are_drawn() -> None:
    many = Importance(tuple(Share(f"x{n:02}", 0.01, 0.0, 0.02) for n in range(30)), 64)

    picture = shown(importance(many, 64))

    assert f"The first {MOST_BARS} of 30 are shown." in picture.caption
    assert "x19" in picture.texts
    assert "x20" not in picture.texts


def test_too_few_results_are_said_in_words() -> None:
    assert importance(None, 4) == (
        "The importance of the hyperparameters cannot be computed from 4 results: it needs 10 that "
        "differ in MSE and in a hyperparameter."
    )
