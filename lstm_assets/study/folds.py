"""The keys below `folds:` of a study."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Whole


class Folds(BaseModel):
    """The keys below `folds:` of a study: its cells are scored on several parts of its bars.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: Whole = Field(default=3, ge=2, description="whole folds from 2, e.g. `n: 3`")
    gap: Literal["horizon"] | Annotated[Whole, Field(ge=0)] = Field(
        default="horizon", description="horizon, or whole bars from 0, e.g. `gap: 5`"
    )
    rank: Literal["last", "mean"] = Field(
        default="last", description="last or mean, e.g. `rank: mean`"
    )

    @property
    def bars_of_gap(self) -> int | None:
        """Bars before those that score on which nothing is trained; None: a cell's horizon."""
        return None if isinstance(self.gap, str) else self.gap
