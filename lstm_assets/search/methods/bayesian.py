"""Bayesian search: it learns from the results so far which combinations to try next.

Optuna's samplers learn from a study in memory, which is made again in each round. `tpe` compares
where the best tenth of the results lies with where the others lie. `gp` fits a Gaussian process to
log MSE, which takes several times as long per cell.

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
from lstm_assets.search.methods.draws import CODES_IN_REASON, Drawn, draw_new, drawn_before
from lstm_assets.search.methods.learned import Learned, learned_from
from lstm_assets.search.methods.optuna_study import OptunaStudy, Sampler
from lstm_assets.search.space.space import Space

ASKS = 20  # requests for a new combination, before one is drawn at random
# How many of the best and of the newest results to learn from. The limit keeps the time of a round
# constant. With 256 results, tpe counts as many results as good as with more.
KEPT: dict[Sampler, tuple[int, int]] = {"tpe": (64, 192), "gp": (64, 64)}


class Bayesian(Method):
    """Combinations from which Optuna's samplers expect the lowest MSE."""

    name: ClassVar[str] = "bayesian"

    sampler: Sampler = Field(default="tpe", description="tpe or gp, e.g. `sampler: tpe`")
    parallel: Whole = Field(
        default=8, ge=1, description="whole cells per round from 1, e.g. `parallel: 8`"
    )
    startup: Whole = Field(
        default=6, ge=1, description="whole draws before it learns from 1, e.g. `startup: 6`"
    )

    def check(self, space: Space) -> None:
        """Raise StudyError for a search that would continue until nothing is left to try."""
        if not self.has_end:
            raise StudyError(
                "search.n_trials is missing: method bayesian would continue until nothing is left "
                "to try. Write e.g. `n_trials: 64`, or add budget_epochs, budget_minutes or "
                "patience."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return random draws until `startup` results are known, then proposals of Optuna.

        A round without any result has only draws, and at most `startup` of them: later proposals
        are better.
        """
        left = self.parallel if self.n_trials is None else self.n_trials - self.trials(own)
        wanted = max(1, min(self.parallel, left))
        rng = self.generator(number)
        learned = learned_from(space, history)
        draws = min(wanted, max(0, self.startup - len(learned)))
        drawn = draw_new(space, history.values(), draws, rng) if draws else Drawn([], [])
        proposed = [
            Proposed(
                cell,
                f"startup draw {n} of {self.startup}, seed {self.seed}"
                f"{drawn_before(history, before)}",
            )
            for n, (cell, before) in enumerate(
                zip(drawn.combinations, drawn.before, strict=True), len(learned) + 1
            )
        ]
        if learned and draws < wanted:
            left = wanted - draws
            proposed += self._learned(space, history, learned, drawn.combinations, left, rng)
        return proposed

    def _learned(
        self,
        space: Space,
        history: History,
        learned: Sequence[Learned],
        drawn: Sequence[Values],
        wanted: int,
        rng: np.random.Generator,
    ) -> list[Proposed]:
        """Return the proposals of Optuna, different from the draws of the same round."""
        waiting = [each.values for each in history.trials if each.state is State.OPEN]
        pending = [at for each in (*waiting, *drawn) if (at := space.places(each)) is not None]
        kept = _kept(learned, *KEPT[self.sampler])
        with _one_thread():
            study = OptunaStudy(space, kept, pending, self.sampler, int(rng.integers(2**32)))
            answers = _ask_new(study, space, history, drawn, wanted, rng)
        results = f"{len(kept)} of " if len(kept) < len(learned) else ""
        results = f"{results}{len(learned)} result{'s' if len(learned) > 1 else ''}"
        return [
            Proposed(answer.values, f"{self.sampler} on {results}{answer.reason_end(history)}")
            for answer in answers
        ]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A new combination, and the combinations that Optuna proposed before it but exist already."""

    values: Values
    before: Sequence[Values]
    drawn: bool  # drawn at random, because Optuna proposed nothing new

    def reason_end(self, history: History) -> str:
        """Return the end of its reason; an empty text if Optuna's first answer was new."""
        codes = list(
            dict.fromkeys(history.code_of(each) or "one of this round" for each in self.before)
        )
        listed = ", ".join(codes[:CODES_IN_REASON]) or "combinations outside the space"
        more = f" and {len(codes) - CODES_IN_REASON} more" if len(codes) > CODES_IN_REASON else ""
        if self.drawn:
            return f"; drawn instead of {listed}{more}"
        return f"; asked again instead of {listed}{more}" if codes else ""


def _ask_new(
    study: OptunaStudy,
    space: Space,
    history: History,
    batch: Sequence[Values],
    wanted: int,
    rng: np.random.Generator,
) -> list[_Answer]:
    """Return new combinations, all different; one is drawn at random if Optuna gives no new one."""
    taken = {*history.codes, *(identity(space.model, each) for each in batch)}
    answers: list[_Answer] = []
    while len(answers) < wanted:
        new, before = _first_new(study, space, taken)
        if drawn := new is None:
            known = [*history.values(), *batch, *(answer.values for answer in answers)]
            new = next(iter(draw_new(space, known, 1, rng).combinations), None)
            if new is None:
                break
            study.expect(space.places(new) or {})
        answers.append(_Answer(new, before, drawn))
        taken.add(identity(space.model, new))
    return answers


def _first_new(
    study: OptunaStudy, space: Space, taken: Container[str]
) -> tuple[Values | None, list[Values]]:
    """Return the first new combination of Optuna, and its combinations before that one."""
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
    """Return the newest results and the best of the others, in their order."""
    if len(learned) <= best + newest:
        return learned
    older = sorted(range(len(learned) - newest), key=lambda at: learned[at].loss)
    return [*(learned[at] for at in sorted(older[:best])), *learned[-newest:]]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit computation to one thread: with several, sums may differ in their last digits."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
