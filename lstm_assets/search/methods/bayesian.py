"""Bayesian search: what is known so far says which tuples are worth trying next.

Optuna's samplers do the learning, from a study in memory that is made anew each round. `tpe`
compares where the best tenth of the results lies with where the others do. `gp` fits a Gaussian
process to log MSE, which takes several times as long a cell.

Source: Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS 24, and
Watanabe (2023), Tree-Structured Parzen Estimator, arXiv:2304.11127, for tpe; Snoek, Larochelle &
Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, NeurIPS 25, for gp.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.cells.values import Values, identity
from lstm_assets.common.fields import Whole
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.method import Method
from lstm_assets.search.methods.draws import CODES_TOLD, Drawn, draw_new, drawn_before
from lstm_assets.search.methods.learned import Learned, learned_from
from lstm_assets.search.methods.optuna_study import OptunaStudy, Sampler
from lstm_assets.search.space.space import Space

ASKS = 20  # for a tuple that is new, before one is drawn
# How many of the best and of the newest results are learned from, so that a round takes as long
# however many there are. Of 256, tpe counts as many as good as of more.
KEPT: dict[Sampler, tuple[int, int]] = {"tpe": (64, 192), "gp": (64, 64)}


class Bayesian(Method):
    """Tuples of which Optuna's samplers expect the most."""

    name: ClassVar[str] = "bayesian"

    sampler: Sampler = Field(default="tpe", description="tpe or gp, e.g. `sampler: tpe`")
    parallel: Whole = Field(
        default=8, ge=1, description="whole cells a round from 1, e.g. `parallel: 8`"
    )
    startup: Whole = Field(
        default=6, ge=1, description="whole draws before it learns from 1, e.g. `startup: 6`"
    )

    def check(self, space: Space) -> None:
        """Refuse a search that would go on until nothing is left to try."""
        if not self.has_end:
            raise StudyError(
                "search.n_trials is missing: method bayesian would go on until nothing is left to "
                "try. Write e.g. `n_trials: 64`, or give it budget_epochs, budget_minutes or "
                "patience."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Draw until `startup` results are known, then ask Optuna for tuples that are new.

        While there is no result, the round has draws only, and no more of them than `startup`: what
        is proposed later is better.
        """
        left = self.parallel if self.n_trials is None else self.n_trials - self.trials(own)
        wanted = max(1, min(self.parallel, left))
        rng = self.generator(number)
        learned = learned_from(space, history)
        draws = min(wanted, max(0, self.startup - len(learned)))
        drawn = draw_new(space, history.values(), draws, rng) if draws else Drawn([], [])
        found = [
            Proposed(
                cell,
                f"startup draw {n} of {self.startup}, seed {self.seed}"
                f"{drawn_before(history, before)}",
            )
            for n, (cell, before) in enumerate(
                zip(drawn.tuples, drawn.before, strict=True), len(learned) + 1
            )
        ]
        if learned and draws < wanted:
            found += self._asked(space, history, learned, drawn.tuples, wanted - draws, rng)
        return found

    def _asked(
        self,
        space: Space,
        history: History,
        learned: Sequence[Learned],
        drawn: Sequence[Values],
        wanted: int,
        rng: np.random.Generator,
    ) -> list[Proposed]:
        """Return what Optuna proposes, besides what was drawn for the same round."""
        waiting = [each.values for each in history.trials if each.state is State.OPEN]
        pending = [at for each in (*waiting, *drawn) if (at := space.places(each)) is not None]
        kept = _kept(learned, *KEPT[self.sampler])
        with _one_thread():
            study = OptunaStudy(space, kept, pending, self.sampler, int(rng.integers(2**32)))
            asked = _ask_new(study, space, history, drawn, wanted, rng)
        results = f"{len(kept)} of " if len(kept) < len(learned) else ""
        results = f"{results}{len(learned)} result{'s' if len(learned) > 1 else ''}"
        return [
            Proposed(each.values, f"{self.sampler} on {results}{each.told(history)}")
            for each in asked
        ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A tuple that is new, and what was asked for before it that is not."""

    values: Values
    before: Sequence[Values]
    drawn: bool  # since nothing that was asked for was new

    def told(self, history: History) -> str:
        """Return the end of its reason: nothing if the first that was asked for was new."""
        codes = list(
            dict.fromkeys(history.code_of(each) or "one of this round" for each in self.before)
        )
        told = ", ".join(codes[:CODES_TOLD]) or "tuples outside the space"
        more = f" and {len(codes) - CODES_TOLD} more" if len(codes) > CODES_TOLD else ""
        if self.drawn:
            return f"; drawn instead of {told}{more}"
        return f"; asked again instead of {told}{more}" if codes else ""


def _ask_new(
    study: OptunaStudy,
    space: Space,
    history: History,
    batch: Sequence[Values],
    wanted: int,
    rng: np.random.Generator,
) -> list[_Asked]:
    """Ask for tuples that are new, each another; draw one where asking gives none."""
    taken = {*history.codes, *(identity(space.model, each) for each in batch)}
    found: list[_Asked] = []
    while len(found) < wanted:
        new, before = _first_new(study, space, taken)
        if drawn := new is None:
            known = [*history.values(), *batch, *(each.values for each in found)]
            new = next(iter(draw_new(space, known, 1, rng).tuples), None)
            if new is None:
                break
            study.expect(space.places(new) or {})
        found.append(_Asked(new, before, drawn))
        taken.add(identity(space.model, new))
    return found


def _first_new(
    study: OptunaStudy, space: Space, taken: Container[str]
) -> tuple[Values | None, list[Values]]:
    """Ask for a tuple until one is new, and return what was asked for before it, too."""
    before: list[Values] = []
    for _ in range(ASKS):
        asked = study.ask()
        if asked is None:
            continue
        if identity(space.model, asked) not in taken:
            study.take()
            return asked, before
        before.append(asked)
    return None, before


def _kept(learned: Sequence[Learned], best: int, newest: int) -> Sequence[Learned]:
    """Keep the newest, and of the others the best; in their order."""
    if len(learned) <= best + newest:
        return learned
    older = sorted(range(len(learned) - newest), key=lambda at: learned[at].loss)
    return [*(learned[at] for at in sorted(older[:best])), *learned[-newest:]]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: sums that several share out may differ in their last digits."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
