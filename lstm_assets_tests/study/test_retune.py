"""The keys below `retune:` of a study."""

import pytest
from pydantic import ValidationError

from lstm_assets.errors import StudyError
from lstm_assets.study.file import read_study
from lstm_assets.study.retune import Retune
from lstm_assets_tests.study.conftest import Studies


def retune_of(studies: Studies, written: str) -> Retune:
    """What a study says whose YAML has this below `retune`."""
    return read_study(studies.write("model: lstm", f"retune: {written}")).retune


def test_a_study_is_not_retuned_unless_it_says_so(studies: Studies) -> None:
    retune = read_study(studies.write()).retune

    assert retune == Retune()
    assert (retune.enabled, retune.min_new_bars, retune.top_k) == (False, 1, 0)
    assert (retune.warm_start, retune.interval_seconds) == (False, 300)


def test_every_key_may_be_given(studies: Studies) -> None:
    written = "{enabled: true, min_new_bars: 5, top_k: 8, warm_start: true, interval_seconds: 3600}"

    assert retune_of(studies, written) == Retune(
        enabled=True, min_new_bars=5, top_k=8, warm_start=True, interval_seconds=3600
    )


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "'true'"])
def test_true_may_be_written_in_the_cases_of_yaml_1_2(studies: Studies, word: str) -> None:
    assert retune_of(studies, f"{{enabled: {word}}}").enabled is True


def test_what_is_left_out_keeps_its_default(studies: Studies) -> None:
    assert retune_of(studies, "{enabled: true}") == Retune(enabled=True)
    assert retune_of(studies, "{}") == Retune()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{min_new_bars: 0}", "retune.min_new_bars is 0, expected whole bars from 1, "
         "e.g. `min_new_bars: 5`."),
        ("{top_k: 1.5}", "retune.top_k is 1.5, expected whole cells from 1, e.g. `top_k: 8`, "
         "or 0 for all."),
        ("{warm_start: sure}", "retune.warm_start is 'sure', expected true or false."),
        ("{interval_seconds: true}", "retune.interval_seconds is True, expected whole seconds "
         "from 1, e.g. `interval_seconds: 3600`."),
        ("{enabled: yes}", "retune.enabled is 'yes', expected true or false. Write true."),
        ("{warm_start: Off}", "retune.warm_start is 'Off', expected true or false. Write false."),
        ("{top_k: 010}", "retune.top_k is '010', expected whole cells from 1, e.g. `top_k: 8`, "
         "or 0 for all. A number has no 0 before it: write 10."),
        ("{interval_seconds: 2147483648}", "retune.interval_seconds is 2147483648, expected whole "
         "seconds from 1, e.g. `interval_seconds: 3600`. The largest is 2147483647."),
        ("{topk: 1}", "retune.topk is not a key of a study. Did you mean `top_k`? Allowed: "
         "enabled, min_new_bars, top_k, warm_start, interval_seconds."),
        ("{min_new_bars: 0, top_k: -1}", "retune.min_new_bars is 0, expected whole bars from 1, "
         "e.g. `min_new_bars: 5`. retune.top_k is -1, expected whole cells from 1, "
         "e.g. `top_k: 8`, or 0 for all."),
    ],
)  # fmt: skip
def test_a_wrong_key_says_what_is_allowed(studies: Studies, written: str, message: str) -> None:
    with pytest.raises(StudyError) as refusal:
        retune_of(studies, written)

    assert str(refusal.value) == f"eurusd/defs.yaml: {message}"


def test_what_a_study_says_of_it_cannot_be_changed_later() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Retune().top_k = 3  # type: ignore[misc]
