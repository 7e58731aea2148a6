"""The hyperparameters of all networks as keywords of one constructor.

scikit-learn reads the parameters of an estimator from the signature of its constructor. Here, the
signature depends on the networks in lstm_assets.models.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lstm_assets.common.text import did_you_mean
from lstm_assets.models import Network

Init = TypeVar("Init", bound=Callable[..., None])


def defaults_of(models: Mapping[str, type[Network]]) -> dict[str, Any]:
    """Return a default for each hyperparameter of all networks, except the horizons.

    If several networks have a hyperparameter of the same name, it is one parameter with the default
    of the first network.
    """
    defaults: dict[str, Any] = {}
    for network in models.values():
        defaults = network.defaults() | defaults
    return defaults


def with_keywords(defaults: Mapping[str, Any]) -> Callable[[Init], Init]:
    """Return a decorator that lists the **keywords of a constructor in its signature.

    Args:
        defaults: names and defaults of the keywords.
    """

    def with_signature(init: Init) -> Init:
        signature = inspect.signature(init)
        *named, _ = signature.parameters.values()  # the last one is **keywords
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in defaults.items()
        ]
        signature = signature.replace(parameters=[*named, *keywords])
        init.__signature__ = signature  # type: ignore[attr-defined]
        return init

    return with_signature


def refuse_unknown(init: Callable[..., None], keywords: Mapping[str, Any]) -> None:
    """Raise TypeError for a keyword that is not in a constructor's signature, as Python does.

    Args:
        init: the constructor.
        keywords: the keywords it was called with.
    """
    known = inspect.signature(init).parameters
    for name in keywords:
        if name not in known:
            raise TypeError(
                f"{init.__qualname__}() got an unexpected keyword argument {name!r}."
                f"{did_you_mean(name, known)}"
            )
