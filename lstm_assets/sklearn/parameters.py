"""The hyperparameters of all networks as keywords of one constructor.

scikit-learn reads an estimator's parameters from the signature of its constructor, and what stands
in the registry of networks decides which they are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lstm_assets.common.text import did_you_mean
from lstm_assets.models import Network

Init = TypeVar("Init", bound=Callable[..., None])


def defaults_of(models: Mapping[str, type[Network]]) -> dict[str, Any]:
    """Return a default for each hyperparameter of any network but its horizon.

    Where networks share a name, it is one parameter, with the default of the first that has it.
    """
    defaults: dict[str, Any] = {}
    for network in models.values():
        defaults = network.defaults() | defaults
    return defaults


def with_keywords(defaults: Mapping[str, Any]) -> Callable[[Init], Init]:
    """Return a decorator that names a constructor's **keywords one by one, with these defaults."""

    def name_them(init: Init) -> Init:
        signature = inspect.signature(init)
        *named, _ = signature.parameters.values()  # the last one is **keywords
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in defaults.items()
        ]
        signature = signature.replace(parameters=[*named, *keywords])
        init.__signature__ = signature  # type: ignore[attr-defined]
        return init

    return name_them


def refuse_unknown(init: Callable[..., None], keywords: Mapping[str, Any]) -> None:
    """Raise TypeError, as Python does, for a keyword that a constructor's signature does not have.

    Args:
        init: the constructor.
        keywords: what it was given.
    """
    known = inspect.signature(init).parameters
    for name in keywords:
        if name not in known:
            raise TypeError(
                f"{init.__qualname__}() got an unexpected keyword argument {name!r}."
                f"{did_you_mean(name, known)}"
            )
