"""The short part of `make controls`: what can be forecast is claimed, and what cannot is not."""

import pytest

from lstm_assets_tests.benchmarks.controls import CONTROLS, Control, claims, most_false, outcome

SHARE = 0.1  # of the series of each kind
NAMES = [each.name for each in CONTROLS]


@pytest.mark.parametrize("control", CONTROLS, ids=NAMES)
def test_claims_are_made_where_they_are_right(control: Control) -> None:
    count = max(round(control.count * SHARE), 1)

    found = claims(control, count)

    if control.least:
        assert found >= control.least * count
    else:
        assert found <= most_false(count)


def test_of_all_walks_few_may_be_claimed() -> None:
    # With a true rate of 5%, 80 walks have more than 9 claims less than once in 100 times.
    assert most_false(80) == 9
    assert most_false(1) == 1


def test_too_many_and_too_few_claims_are_told() -> None:
    right = {each.name: (each.count if each.least else 0, each.count) for each in CONTROLS}
    walks, others = NAMES[0], NAMES[-1]

    assert outcome(right) == []
    assert outcome(right | {walks: (10, 40)}) == ["walks: 10 of 80 claimed, at most 9 are allowed"]
    assert outcome(right | {others: (9, 10)}) == [f"{others}: 9 of 10 claimed, at least 10 are due"]
