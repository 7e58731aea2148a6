"""Reading and checking `{dist: ..., ...}`: a distribution of scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lstm_assets.common.fields import Number, Whole
from lstm_assets.common.text import did_you_mean
from lstm_assets.errors import StudyError
from lstm_assets.search.space.expressions import Expression
from lstm_assets.search.space.fields import Hyperparameter, as_type, to_write_as
from lstm_assets.search.space.parameters import Distribution
from lstm_assets.search.space.ranges import refuse_no_number

_PAGE = "https://docs.scipy.org/doc/scipy/reference/stats.html"


def read_distribution(
    asked: Hyperparameter, keys: Mapping[str, Any], when: Expression | None
) -> Distribution:
    """Return the distribution that the keys describe.

    Args:
        asked: the hyperparameter.
        keys: of its mapping, without `when`: `dist` and its arguments in scipy.stats, which may
            include `loc` and `scale`.
        when: the condition of cells that have the hyperparameter.

    Raises:
        StudyError: scipy.stats does not have the distribution, an argument is missing, unknown or
            not allowed, or the distribution has values that the hyperparameter does not allow.
    """
    refuse_no_number(asked, "a distribution")
    dist = keys["dist"]
    family = _family(asked, dist)
    given = {name: each for name, each in keys.items() if name != "dist"}
    arguments = _arguments(asked, dist, family, given)
    distribution = Distribution(
        name=asked.name,
        when=when,
        dist=dist,
        arguments=tuple(arguments.items()),
        whole=asked.number is int,
    )
    if any(map(math.isnan, distribution.ends)):
        raise StudyError(
            f"{asked.path} is {dist} with {_listed(arguments)}, which scipy.stats does not allow. "
            f"Correct them; {_PAGE} explains them."
        )
    _refuse_beyond(asked, distribution)
    return distribution


def _family(asked: Hyperparameter, dist: object) -> Any:
    """Return the distribution of scipy.stats with this name."""
    import scipy.stats

    kinds = (scipy.stats.rv_continuous, scipy.stats.rv_discrete)
    family = getattr(scipy.stats, dist, None) if isinstance(dist, str) else None
    if isinstance(family, kinds):
        return family
    names = [name for name in dir(scipy.stats) if isinstance(getattr(scipy.stats, name), kinds)]
    raise StudyError(
        f"{asked.path}.dist is {dist!r}, expected the name of a distribution of scipy.stats, e.g. "
        f"loguniform, uniform or randint.{did_you_mean(dist, names)}"
    )


def _arguments(
    asked: Hyperparameter, dist: str, family: Any, given: Mapping[str, Any]
) -> dict[str, float]:
    import scipy.stats

    shapes = [name.strip() for name in (family.shapes or "").split(",") if name.strip()]
    places = ["loc"] if isinstance(family, scipy.stats.rv_discrete) else ["loc", "scale"]
    for name in given:
        if name not in (*shapes, *places):
            raise StudyError(
                f"{asked.path}.{name} is not an argument of {dist}."
                f"{did_you_mean(name, [*shapes, *places])} "
                f"Allowed: {', '.join([*shapes, *places])}."
            )
    if missing := [name for name in shapes if name not in given]:
        raise StudyError(
            f"{asked.path}.{missing[0]} is missing, which {dist} needs. It takes "
            f"{', '.join(shapes)}, and may have {', '.join(places)}."
        )
    named = [name for name in (*shapes, *places) if name in given]
    arguments = {name: as_type(Whole | Number, given[name]) for name in named}
    for name, number in arguments.items():
        if number is None:
            raise StudyError(
                f"{asked.path}.{name} is {given[name]!r}, expected a number, an argument of {dist}."
                f"{to_write_as(Number, given[name])}"
            )
    return arguments


def _refuse_beyond(asked: Hyperparameter, distribution: Distribution) -> None:
    """Raise StudyError if the hyperparameter does not allow some values of the distribution."""
    try:
        for end in distribution.ends:
            asked.checked(end)
    except StudyError:
        low, high = distribution.ends
        raise StudyError(
            f"{asked.path} is {distribution.dist} with values from {low} to {high}, expected "
            f"{asked.field.description}.{asked.to_write(low) or asked.to_write(high)} "
            "Bound it with other arguments, or use a distribution "
            "with bounds: uniform, loguniform, truncnorm, randint."
        ) from None


def _listed(arguments: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {each}" for name, each in arguments.items()) or "no arguments"
