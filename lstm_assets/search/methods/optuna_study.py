"""A search space, and what is known of it, as Optuna's samplers take them.

Hyperparameters go by their places: a list of numbers as the whole numbers of its positions, so
that neighbours are known to be near each other; words as categories; everything else as a real
from 0 to 1 on its own scale. What has one value only is left out. Of what not every tuple has, as
its `when` says, tpe learns by itself, and the gp not at all: it draws it.
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

MIDDLE = 0.5  # the place of what has one value only


class OptunaStudy:
    """An Optuna study in memory: told what is known, and asked what to try.

    What waits for its result is reckoned with. The gp averages over what it may turn out to be.
    For tpe it is as good as the median, which lost the least to waiting for each result; Optuna's
    own way, to count it as bad, keeps away from what is good.

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
        """Tell a new study what is known.

        Args:
            space: where to search.
            learned: what has a result, oldest first; at least one.
            pending: places of tuples whose results are to come.
            sampler: tpe or gp.
            seed: of the sampler, below 2**32.
        """
        import optuna

        self._space = space
        self._axes = _axes(space)
        self._lie = median(each.loss for each in learned) if sampler == "tpe" else None
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would tell stderr of the study
        try:
            self._study = optuna.create_study(sampler=_sampler(sampler, seed))
        finally:
            optuna.logging.set_verbosity(before)
        self._study.add_trials([self._trial(each.places, each.loss) for each in learned])
        for places in pending:
            self.expect(places)

    def ask(self) -> Values | None:
        """Return what to try next, None if that is no tuple of the space.

        Unless it is taken, it counts as bad from then on, so another is asked for next.
        """
        self._asked = self._study.ask(self._axes)
        places = dict.fromkeys(self._space.parameters, MIDDLE)
        for name, value in self._asked.params.items():
            places[name] = _place(self._axes[name], value)
        return self._space.at(places)

    def take(self) -> None:
        """Count what was asked for last as pending."""
        if self._lie is not None:
            self._study.tell(self._asked, self._lie)

    def expect(self, places: Places) -> None:
        """Count another tuple as pending."""
        self._study.add_trial(self._trial(places, self._lie))

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
    """Return a sampler that learns from the first result on."""
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
    """Return how many values lie at evenly spread places; None if it is no list of values."""
    if isinstance(parameter, Choice):
        return len(parameter.listed)
    return len(parameter.steps) if isinstance(parameter, Range) and parameter.steps else None


def _bins(axis: BaseDistribution) -> int | None:
    """Return how many values the distribution has; None if it is a continuum."""
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
