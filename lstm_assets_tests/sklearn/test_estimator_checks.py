"""All of scikit-learn's own checks; none is expected to fail."""

from collections.abc import Callable

from sklearn.utils.estimator_checks import parametrize_with_checks

from lstm_assets.sklearn import Forecaster
from lstm_assets_tests.sklearn.forecasters import small

for_prices = small(random_state=None)
# These learn enough for the score that a check asks of a regressor.
for_other_series = Forecaster(
    epoch=30, batch_size=10, size_unit_input=16, size_unit_hidden=16, learning_rate=0.02,
    scaling="standard",
)  # fmt: skip


@parametrize_with_checks([for_prices, for_other_series])
def test_it_keeps_to_scikit_learns_rules(
    estimator: Forecaster, check: Callable[[Forecaster], None]
) -> None:
    check(estimator)
