"""A study: one ticker, date range, source, model and search, checked.

No Dagster in this module; the module file reads studies from YAML files.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from lstm_assets.cells.codes import most_cells
from lstm_assets.cells.settings import settings_of
from lstm_assets.cells.values import Values
from lstm_assets.common.fields import Date, Number, Text, Whole, what_to_write
from lstm_assets.common.text import did_you_mean
from lstm_assets.data.folds import earlier_folds
from lstm_assets.data.windows import (
    Split,
    bars_needed,
    evaluation_start,
    ratio_before_evaluation,
)
from lstm_assets.errors import StudyError
from lstm_assets.models import MODELS
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.search import DEFAULT_METHOD, METHODS, Method
from lstm_assets.search.prior_results import PriorResults, prior_results_from
from lstm_assets.search.space.parameters import value_key
from lstm_assets.search.space.reading import IN_STUDY, read_space, replace_written
from lstm_assets.search.space.space import Space
from lstm_assets.sources import Source, source_from
from lstm_assets.study.finalists import Finalists
from lstm_assets.study.folds import Folds
from lstm_assets.study.holdout import Holdout
from lstm_assets.study.retune import Retune

_KEYS_OF_ALL_METHODS = ("method", "space", "constraint", "warm_start")  # below `search`
_MAPPINGS: dict[str, type[BaseModel]] = {
    "holdout": Holdout,
    "folds": Folds,
    "finalists": Finalists,
    "retune": Retune,
}
_DERIVED_FIELDS = ("name", "space", "prior_results")  # fields of a study without their own key
_FOLDER_NAME = r"[A-Za-z0-9_]+"
_OWNER = re.compile(r"team:[A-Za-z0-9_-]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")


class Study(BaseModel):
    """The content of a study's YAML, checked.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field(pattern=f"^{_FOLDER_NAME}$", description="letters, digits and _")
    code: Text = Field(
        pattern=r"^[A-Z0-9]{1,12}$", description="text of 1 to 12 of A-Z 0-9, e.g. `code: USDKRW`"
    )
    ticker: Text = Field(
        pattern=r"^[^\s\x00-\x1f]([^\x00-\x1f]{0,18}[^\s\x00-\x1f])?$",
        description="text of 1 to 20 characters, e.g. `ticker: '2330'`",
    )
    source: Source
    date_begin: Date = Field(description="a date, e.g. `date_begin: 2013-01-01`")
    date_end: Date | None = Field(
        default=None,
        description="a date, e.g. `date_end: 2022-12-31`, or nothing to follow the market",
    )
    evaluation_share: Number = Field(
        default=0.1, gt=0, lt=1, description="a share between 0 and 1, e.g. `evaluation_share: 0.1`"
    )
    holdout: Holdout | None = Field(
        default=None, description="a mapping, e.g. `holdout: {share: 0.1}`"
    )
    rank_by: Literal["mse", "relative_mse"] = Field(
        default="mse", description="mse or relative_mse"
    )
    folds: Folds | None = Field(default=None, description="a mapping, e.g. `folds: {n: 3}`")
    finalists: Finalists = Field(
        default=Finalists(), description="a mapping, e.g. `finalists: {cells: 4, seeds: 3}`"
    )
    price: Literal["close", "mid"] = Field(default="close", description="close or mid")
    model: str = Field(default="lstm", description=f"one of {', '.join(MODELS)}")
    search: Method
    space: Space
    prior_results: PriorResults | None = None  # of another study, for its search to learn from
    retune: Retune = Field(
        default=Retune(), description="a mapping, e.g. `retune: {enabled: true}`"
    )
    owners: list[str] = Field(
        default=[], description="a list of e-mail addresses and team:NAME, e.g. `[team:quants]`"
    )
    max_gap_days: Whole = Field(
        default=10, ge=1, description="whole trading days from 1, e.g. `max_gap_days: 10`"
    )

    @field_validator("owners")
    @classmethod
    def _owners_named(cls, owners: list[str]) -> list[str]:
        if not all(_OWNER.fullmatch(owner) for owner in owners):
            raise ValueError("not an owner")
        return owners

    @model_validator(mode="after")
    def _dates_in_order(self) -> Study:
        if self.date_end is not None and self.date_end <= self.date_begin:
            raise StudyError(
                f"date_end is {self.date_end}, expected a date after date_begin "
                f"({self.date_begin}), or nothing to follow the market."
            )
        return self

    @model_validator(mode="after")
    def _holdout_once(self) -> Study:
        if self.holdout is not None and (self.holdout.share is None) is (
            self.holdout.date_end is None
        ):
            raise StudyError(
                "holdout needs `share`, a share of the study's bars, or `date_end`, the last date "
                "of bars after the study's own date_end. Write one of them."
            )
        end = self.holdout.date_end if self.holdout else None
        if end is not None and (self.date_end is None or end <= self.date_end):
            raise StudyError(
                f"holdout.date_end is {end}, expected a date after the study's date_end "
                f"({self.date_end or 'which is missing'}). A study that follows the market takes "
                "`holdout: {share: 0.1}`."
            )
        return self

    @model_validator(mode="after")
    def _prior_results_of_another_study(self) -> Study:
        if self.prior_results and self.prior_results.study == self.code:
            raise StudyError(
                f"search.warm_start.study is {self.code!r}, the study itself. Its search already "
                "uses its own results. Remove the key, or name another study."
            )
        return self

    @model_validator(mode="after")
    def _codes_enough(self) -> Study:
        trials, most = self.search.n_trials or 0, most_cells(self.code)
        if trials > most:
            raise StudyError(
                f"search.n_trials is {trials}, expected at most {most}: so many CODE_TASKs begin "
                f"with {self.code}. Lower it, or give the study a shorter code."
            )
        return self

    @model_validator(mode="after")
    def _evaluation_bars_unseen(self) -> Study:
        _refuse_seen_evaluation_bars(self.space, self.evaluation_share, IN_STUDY)
        return self

    def with_space(self, replaced: Mapping[str, object], where: str) -> Study:
        """Return the study with some hyperparameters of its space replaced.

        Args:
            replaced: hyperparameter -> its new list, range or distribution.
            where: text before a name in messages: the place where the user wrote it.

        Raises:
            StudyError: read_space refuses it, a ratio trains on the evaluation bars, or the
                study's search method cannot search the space.
        """
        rule = self.space.constraint
        written = replace_written(self.space.written, replaced)
        space = read_space(written, self.model, where, rule.text if rule else None)
        _refuse_seen_evaluation_bars(space, self.evaluation_share, where)
        self.search.check(space)
        return _validate({**dict(self), "space": space})

    @property
    def date_last(self) -> datetime.date | None:
        """The date of the last bar that the study uses, holdout included; None: open-ended."""
        return (self.holdout.date_end if self.holdout else None) or self.date_end

    def holdout_start(self, dates: Sequence[str]) -> int:
        """Return the position of the first bar of the holdout; the number of bars if it has none.

        Args:
            dates: of all bars that the study uses, YYYY-MM-DD, oldest first.
        """
        if self.holdout is None:
            return len(dates)
        if self.holdout.share is not None:
            return len(dates) - round(self.holdout.share * len(dates))
        return bisect_right(dates, str(self.date_end))

    @property
    def bars_needed(self) -> int:
        """Fewest bars with which every cell has windows to train on, test on and score with."""
        return max(
            bars_needed(ratio, self.evaluation_share, look_back, horizon)
            for ratio, look_back, horizon in self._shapes
        )

    def refuse_too_short_folds(self, bars: int) -> None:
        """Raise TooFewBarsError if some cell has no windows in the oldest fold of so many bars."""
        if self.folds is None:
            return
        share = self.evaluation_share
        evaluation_bars = bars - evaluation_start(bars, share)
        oldest, *_ = earlier_folds(bars, evaluation_bars, self.folds.n, self.folds.bars_of_gap)
        for ratio, look_back, horizon in self._shapes:
            oldest.split(Split.of(bars, ratio, share, look_back, horizon))

    @property
    def _shapes(self) -> set[tuple[float, int, int]]:
        """Ratio, look-back and horizon of the cells that need the most bars."""
        shapes = set()
        for cell in _distinct_but_for_learning(self.space.corners()):
            training, network = settings_of(cell, self.model)
            shapes.add((training.ratio_train_set, training.size_sequence, network.horizon))
        return shapes


def study_from(attributes: Mapping[str, Any], folder: Path) -> Study:
    """Return the study that the attributes describe, checked.

    Args:
        attributes: the keys below `attributes:` of the YAML.
        folder: the YAML's folder; relative paths start there, and its name is the study's name.

    Raises:
        StudyError: names the key, its value and what is allowed there.
    """
    given = dict(attributes)
    refuse_unknown(given, list(attribute_fields()), "")
    search = _pop_mapping(given, "search", "{method: grid, space: {epoch: [20, 30]}}")
    for key, keys in _MAPPINGS.items():
        if isinstance(below := given.get(key), Mapping):
            refuse_unknown(below, list(keys.model_fields), f"{key}.")
    settings = _pop_mapping(given, "source", "{kind: ecb}")
    model, method = given.get("model", _default("model")), search.get("method", DEFAULT_METHOD)
    _refuse_unknown_name("model", model, MODELS)
    _refuse_unknown_name("search.method", method, METHODS)
    rest = {k: value for k, value in search.items() if k not in _KEYS_OF_ALL_METHODS}
    settings_of_search = _search_settings(METHODS[method], rest)
    space = read_space(search.get("space"), model, constraint=search.get("constraint"))
    settings_of_search.check(space)
    return _validate(
        {
            **given,
            "name": folder.name,
            "source": source_from(dict(settings), folder),
            "search": settings_of_search,
            "space": space,
            "prior_results": prior_results_from(
                search.get("warm_start"), settings_of_search, folder
            ),
        }
    )


def _default(key: str) -> Any:
    return Study.model_fields[key].default


def _search_settings(method: type[Method], given: dict[str, Any]) -> Method:
    """Return a search method with its settings: the keys below `search` of this method only."""
    refuse_unknown(given, [*_KEYS_OF_ALL_METHODS, *method.model_fields], "search.")
    try:
        return method.model_validate(given)
    except ValidationError as error:
        # By key: a value that may have one of two types has one error for each type.
        problems: dict[str, list[Any]] = {}
        for line in error.errors():
            problems.setdefault(str(line["loc"][0]), []).append(line)
        raise StudyError(
            " ".join(
                f"search.{key} is {lines[0]['input']!r}, expected "
                f"{method.model_fields[key].description}.{what_to_write(lines)}"
                for key, lines in problems.items()
            )
        ) from None


def _refuse_seen_evaluation_bars(space: Space, evaluation_share: float, where: str) -> None:
    most = ratio_before_evaluation(evaluation_share)
    parameter = space.parameters["ratio_train_set"]
    listed = [(f"[{index}]", ratio) for index, ratio in enumerate(parameter.values or [])]
    for at, ratio in [*listed, (" at its highest", parameter.ends[1])]:
        if ratio > most:
            raise StudyError(
                f"{where}ratio_train_set{at} is {ratio}, which would train on the "
                f"evaluation bars, expected at most 1 - evaluation_share = {most}. "
                "Lower it, or lower evaluation_share."
            )


def _distinct_but_for_learning(cells: Iterable[Values]) -> Iterable[Values]:
    """Return one of each group of cells that differ only in their learner settings."""
    same = dict.fromkeys(LearnerSettings.model_fields)
    return {value_key([*({**cell, **same}).items()]): cell for cell in cells}.values()


def _pop_mapping(given: dict[str, Any], key: str, example: str) -> Mapping[str, Any]:
    value = given.pop(key, None)
    if not isinstance(value, Mapping):
        shown = "missing" if value is None else repr(value)
        raise StudyError(f"{key} is {shown}, expected e.g. `{key}: {example}`.")
    return value


def _validate(fields: Mapping[str, Any]) -> Study:
    try:
        return Study.model_validate(dict(fields))
    except ValidationError as error:
        raise StudyError(" ".join(_message(line) for line in error.errors())) from None


def _message(line: Any) -> str:
    key, *below = map(str, line["loc"])
    expected, to_write = Study.model_fields[key].description, what_to_write([line])
    if below and key in _MAPPINGS:
        expected = _MAPPINGS[key].model_fields[below[0]].description
        return f"{key}.{below[0]} is {_shown(line['input'])}, expected {expected}.{to_write}"
    if line["type"] == "missing":
        return f"{key} is missing, expected {expected}."
    if key == "name":
        return f"the study's folder is named {line['input']!r}, expected {expected}. Rename it."
    return f"{key} is {_shown(line['input'])}, expected {expected}.{to_write}"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, datetime.date) else repr(value)


def attribute_fields() -> dict[str, FieldInfo]:
    """Return the keys below `attributes:` of a study's YAML, each with its declaration."""
    fields = Study.model_fields.items()
    return {name: field for name, field in fields if name not in _DERIVED_FIELDS}


def refuse_unknown(given: Mapping[str, Any], allowed: list[str], prefix: str) -> None:
    """Raise StudyError for a key that is not allowed; the message suggests a close spelling."""
    for key in given:
        if key not in allowed:
            raise StudyError(
                f"{prefix}{key} is not a key of a study.{did_you_mean(key, allowed)} "
                f"Allowed: {', '.join(allowed)}."
            )


def _refuse_unknown_name(key: str, value: object, allowed: Mapping[str, object]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise StudyError(f"{key} is {value!r}, expected one of {', '.join(allowed)}.")
