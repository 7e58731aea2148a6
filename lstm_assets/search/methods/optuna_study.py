"""A search space and its known results in the form of Optuna's samplers.

Optuna gets the places of values. A list of numbers becomes the whole numbers of its positions:
neighbours in the list are near each other. Words become categories, and everything else a real
from 0 to 1 on its own scale. A hyperparameter with one value is left out. For a hyperparameter
with `when`, tpe learns from the cells that have it, and gp draws it at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lstm_assets.cells.values import Values
from lstm_assets.search.methods.learned import Learned
from lstm_assets.search.space.parameters import Choice, Parameter, Range
from lstm_assets.search.space.space import Places, Space

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

Sampler: TypeAlias = Literal["tpe", "gp"]

MIDDLE = 0.5  # the place of a single value


class OptunaStudy:
    """An Optuna study in memory: it gets the known results, and proposes what to try.

    Cells without a result yet are pending. The gp averages over their possible results. For tpe,
    a pending cell has the median loss: compared with waiting for each result, this choice cost
    the least. Optuna's default, a bad result, would keep the search away from good places.

    Source: Ginsbourger, Le Riche & Carraro (2010), Kriging Is Well-Suited to Parallelize
    Optimization: the constant liar.
    """

    def __init__(
        self,
        space: Space,
        learned: Sequence[Learned],
        pending: Sequence[Places],
        sampler: Sampler,
        seed: int,
    ) -> None:
        """Make a study with the known results.

        Args:
            space: the space to search.
            learned: the results, oldest first; at least one.
            pending: places of cells without a result yet.
            sampler: tpe or gp.
            seed: of the sampler, below 2**32.
        """
        import optuna

        self._space = space
        self._axes = _axes(space)
        self._pending_loss = median(each.loss for each in learned) if sampler == "tpe" else None
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # no message on stderr per study
        try:
            self._study = optuna.create_study(sampler=_sampler(sampler, seed))
        finally:
            optuna.logging.set_verbosity(before)
        self._study.add_trials([self._trial(each.places, each.loss) for each in learned])
        for places in pending:
            self.expect(places)

    def ask(self) -> Values | None:
        """Return the values to try next; None if they are not in the space.

        Without `take`, they count as bad from then on, so the next call returns others.
        """
        self._asked = self._study.ask(self._axes)
        places = dict.fromkeys(self._space.parameters, MIDDLE)
        for name, value in self._asked.params.items():
            places[name] = _place(self._axes[name], value)
        return self._space.at(places)

    def take(self) -> None:
        """Make the values of the last `ask` pending."""
        if self._pending_loss is not None:
            self._study.tell(self._asked, self._pending_loss)

    def expect(self, places: Places) -> None:
        """Make other values pending, given by their places."""
        self._study.add_trial(self._trial(places, self._pending_loss))

    def _trial(self, places: Places, loss: float | None) -> optuna.trial.FrozenTrial:
        from optuna.trial import TrialState, create_trial

        axes = {name: axis for name, axis in self._axes.items() if name in places}
        return create_trial(
            state=TrialState.RUNNING if loss is None else TrialState.COMPLETE,
            value=loss,
            params={name: _value(axis, places[name]) for name, axis in axes.items()},
            distributions=axes,
        )


def _sampler(sampler: Sampler, seed: int) -> optuna.samplers.BaseSampler:
    """Return a sampler that starts to learn with the first result."""
    from optuna.samplers import GPSampler, TPESampler

    if sampler == "gp":
        return GPSampler(seed=seed, n_startup_trials=1, warn_independent_sampling=False)
    return TPESampler(seed=seed, n_startup_trials=1)


def _axes(space: Space) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each hyperparameter that varies."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    axes: dict[str, BaseDistribution] = {}
    for name, parameter in space.parameters.items():
        count = _count(parameter)
        if count is None:
            axes[name] = FloatDistribution(0.0, 1.0)
        elif count > 1 and parameter.ordered:
            axes[name] = IntDistribution(0, count - 1)
        elif count > 1:
            axes[name] = CategoricalDistribution(range(count))
    return axes


def _count(parameter: Parameter) -> int | None:
    """Return how many values a list or a range with steps has; None for a continuous parameter."""
    if isinstance(parameter, Choice):
        return len(parameter.listed)
    return len(parameter.steps) if isinstance(parameter, Range) and parameter.steps else None


def _bins(axis: BaseDistribution) -> int | None:
    """Return how many values the distribution has; None if it is continuous."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if isinstance(axis, CategoricalDistribution):
        return len(axis.choices)
    return axis.high + 1 if isinstance(axis, IntDistribution) else None


def _value(axis: BaseDistribution, place: float) -> float:
    bins = _bins(axis)
    return place if bins is None else min(int(place * bins), bins - 1)


def _place(axis: BaseDistribution, value: Any) -> float:
    bins = _bins(axis)
    return float(value) if bins is None else (value + 0.5) / bins
