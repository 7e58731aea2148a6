"""Successive halving and Hyperband: the worst configurations are stopped early.

Many configurations (combinations without `epoch`) start with few epochs, the best 1/eta of them go
on to the next rung, and so on up to the last rung. A cell of a rung is an ordinary cell with that
many epochs. Its training continues from the rung before, so a rung costs only the added epochs.

One bracket is successive halving. Hyperband has several; each starts one rung later with fewer
configurations, for configurations that improve late.

Source: Jamieson & Talwalkar (2016), Non-stochastic Best Arm Identification and Hyperparameter
Optimization, AISTATS; Li et al. (2018), Hyperband: A Novel Bandit-Based Approach to Hyperparameter
Optimization, JMLR 18(185):1-52, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.cells.values import Values, identity
from lstm_assets.common.fields import Whole
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial, epochs_spent, trajectory_key
from lstm_assets.search.method import Method
from lstm_assets.search.methods.draws import draw_new, drawn_before
from lstm_assets.search.methods.ladder import Ladder, rungs_of
from lstm_assets.search.space.parameters import Choice
from lstm_assets.search.space.space import Space

Bracket: TypeAlias = list[list[Trial]]  # its rounds, one per rung, oldest first


@dataclass(frozen=True, slots=True)
class _Round:
    """One rung of one bracket."""

    bracket: int  # from 1
    rung: int  # from 1
    cells: list[Proposed]


class Halving(Method):
    """The best 1/eta of the configurations of each rung go on from their checkpoints."""

    name: ClassVar[str] = "halving"

    eta: Whole = Field(default=3, ge=2, description="a whole number from 2, e.g. `eta: 3`")
    brackets: Annotated[Whole, Field(ge=1)] | Literal["all"] = Field(
        default=1, description="whole brackets from 1, or all, e.g. `brackets: all`"
    )

    def check(self, space: Space) -> None:
        """Raise StudyError for a space without rungs, too many brackets, or an unusable budget."""
        ladder = self._ladder(space)
        _refuse_expressions_of_epoch(space)
        if self.brackets != "all" and self.brackets > len(ladder.rungs):
            raise StudyError(
                f"search.brackets is {self.brackets}, expected at most {len(ladder.rungs)}: each "
                f"starts a rung later, and the rungs are {_listed(ladder.rungs)} epochs. Lower it, "
                "or write `brackets: all`."
            )
        _refuse_too_steep(ladder)
        if self.n_trials is None and self.budget_epochs is None:
            given = "only budget_minutes" if self.budget_minutes else "no budget"
            raise StudyError(
                f"search has {given}, but halving computes how many configurations it starts from "
                "n_trials or budget_epochs: how long an epoch takes is not known in advance. Write "
                "e.g. `n_trials: 64` or `budget_epochs: 1000`."
            )
        least = ladder.cost([1] * ladder.brackets)
        if self.n_trials is not None and self.n_trials < ladder.brackets:
            raise StudyError(
                f"search.n_trials is {self.n_trials}, expected at least {ladder.brackets}, one "
                "configuration per bracket. Raise it, or lower `brackets`."
            )
        if self.budget_epochs is not None and self.budget_epochs < least:
            raise StudyError(
                f"search.budget_epochs is {self.budget_epochs}, expected at least {least}, which "
                "one configuration per bracket needs up to the last rung. Raise it, or lower the "
                "rungs or `brackets`."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return the best of the newest rung; after the last rung, the start of a new bracket."""
        proposed = self._round(space, history, own, number)
        return proposed.cells if proposed else []

    def stages(self, own: Sequence[Trial]) -> list[list[Trial]]:
        """Return the trials of each finished bracket that were not stopped early, oldest first."""
        brackets = _brackets(own)
        if brackets and any(_goes_on(each) for each in brackets[-1][-1]):
            brackets.pop()
        return [
            [each for rung in bracket for each in rung if not each.is_partial]
            for bracket in brackets
        ]

    def trials(self, own: Sequence[Trial]) -> int:
        """Return the number of configurations; the number of their rungs does not matter."""
        return len({_configuration(each) for each in own})

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return the bracket and rung of the round, and the epochs of all rungs."""
        proposed = self._round(space, history, own, number)
        if proposed is None:
            return {}
        rungs = _listed(self._ladder(space).rungs)
        return {"bracket": proposed.bracket, "rung": proposed.rung, "rungs": rungs}

    def _round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> _Round | None:
        """Return the next rung; None if there is none."""
        brackets = _brackets(own)
        promoted = self._promoted(space, brackets) if brackets else None
        return promoted or self._started(space, history, own, brackets, number)

    def _promoted(self, space: Space, brackets: Sequence[Bracket]) -> _Round | None:
        """Return the best of the newest rung; None if it is the last, or no trial has a result."""
        ladder, newest = self._ladder(space), brackets[-1][-1]
        trained = max(each.epochs for each in newest)
        left = [epochs for epochs in ladder.rungs if epochs > trained]
        ranked = [each for each in newest if each.mse is not None and each.epochs == trained]
        best = sorted(ranked, key=_mse)[: ladder.promoted(len(newest))]
        if not left or not best:
            return None
        bracket, rung = len(brackets), len(ladder.rungs) - len(left) + 1
        how = (
            f"bracket {bracket} rung {rung}: best {len(best)} of {len(newest)} go on from "
            f"{trained} to {left[0]} epochs"
        )
        cells = [
            Proposed(
                {**each.values, "epoch": left[0]},
                f"{how}; was {_ordinal(place)}, {each.code_task}",
                ladder.rungs[-1],
            )
            for place, each in enumerate(best, 1)
        ]
        return _Round(bracket, rung, cells)

    def _started(
        self,
        space: Space,
        history: History,
        own: Sequence[Trial],
        brackets: Sequence[Bracket],
        number: int,
    ) -> _Round | None:
        """Return the first rung of a new bracket; None without budget or new configurations.

        Prior results come first, the best first; at most 1/eta of the configurations are prior.
        """
        ladder = self._ladder(space)
        first = len(brackets) % ladder.brackets
        size = self._sizes(space, brackets[: len(brackets) - first])[first]
        here, last = _with_epoch(space, ladder.rungs[first]), ladder.rungs[-1]
        known = [{**each.values, "epoch": ladder.rungs[first]} for each in own]
        prior = _prior(here, history, known)[: min(size, ladder.promoted(size))]
        drawn = draw_new(here, [*known, *prior], size - len(prior), self.generator(number))
        bracket, rung = len(brackets) + 1, first + 1
        how = f"bracket {bracket} rung {rung}: starts with {_epochs(ladder.rungs[first])}"
        draw = f"random draw, seed {self.seed}"
        cells = [
            *(Proposed(each, f"{how}, of prior results", last) for each in prior),
            *(
                Proposed(each, f"{how}, {draw}{drawn_before(history, before)}", last)
                for each, before in zip(drawn.combinations, drawn.before, strict=True)
            ),
        ]
        return _Round(bracket, rung, cells) if cells else None

    def _ladder(self, space: Space) -> Ladder:
        rungs = rungs_of(space.parameters["epoch"], self.eta)
        most = len(rungs)
        return Ladder(rungs, self.eta, most if self.brackets == "all" else min(self.brackets, most))

    def _sizes(self, space: Space, over: Sequence[Bracket]) -> list[int]:
        """Return how many configurations each of the next brackets starts.

        Args:
            space: the space to draw from.
            over: the brackets before; the next brackets share the rest of the budget.
        """
        ladder = self._ladder(space)
        trials = [each for bracket in over for rung in bracket for each in rung]
        started = self.trials(trials)
        limits = [self.n_trials, _configurations(space)]
        if self.budget_epochs is not None:
            left = self.budget_epochs - epochs_spent(space.model, trials)
            limits.append(started + ladder.affordable(left))
        most = min(limit for limit in limits if limit is not None) - started
        if most < ladder.brackets:
            return [max(most, 0)] + [0] * (ladder.brackets - 1)
        return ladder.shares(most)


def _brackets(own: Sequence[Trial]) -> list[Bracket]:
    """Return trials by bracket and round; a round with new configurations starts a bracket."""
    rounds: dict[int, list[Trial]] = {}
    for each in own:
        rounds.setdefault(each.round, []).append(each)
    brackets: list[Bracket] = []
    seen: set[str] = set()
    for number in sorted(rounds):
        configurations = {_configuration(each) for each in rounds[number]}
        if not configurations <= seen:
            brackets.append([])
        brackets[-1].append(rounds[number])
        seen |= configurations
    return brackets


def _configuration(trial: Trial) -> str:
    return trajectory_key("", trial.values)  # all trials of a study have the same model


def _configurations(space: Space) -> int | None:
    """Return the number of configurations of the space; None if a parameter is continuous."""
    lists = [each.between() for name, each in space.parameters.items() if name != "epoch"]
    return None if None in lists else math.prod(len(each or ()) for each in lists)


def _goes_on(trial: Trial) -> bool:
    """Return whether the trial may go on to another rung."""
    return trial.is_partial and trial.state is not State.FAILED


def _prior(here: Space, history: History, known: Sequence[Values]) -> list[Values]:
    """Return the configurations of prior results, the best first, as cells of a space.

    Args:
        here: a space with one value of `epoch`.
        history: contains the prior results.
        known: cells of the space to leave out.
    """
    prior = [each for each in history.trials if not each.code_task and each.mse is not None]
    [epoch] = here.parameters["epoch"].values or []
    cells: dict[str, Values] = {}
    for each in sorted(prior, key=lambda trial: (trial.is_partial, _mse(trial))):
        moved = {**each.values, "epoch": epoch}
        cell = {name: moved[name] for name in here.parameters if name in moved}
        if len(cell) == len(moved) and cell in here:
            cells.setdefault(identity(here.model, cell), cell)
    tried = {identity(here.model, each) for each in known}
    return [cell for key, cell in cells.items() if key not in tried]


def _with_epoch(space: Space, epoch: int) -> Space:
    fixed = Choice(name="epoch", listed=(epoch,))
    return replace(space, parameters={**space.parameters, "epoch": fixed})


def _refuse_too_steep(ladder: Ladder) -> None:
    """Raise StudyError for brackets whose sizes differ by more than a float can tell."""
    try:
        ladder.shares(ladder.brackets)
    except OverflowError:
        raise StudyError(
            f"search.eta is {ladder.eta}, which is too large for {ladder.brackets} brackets of "
            f"{len(ladder.rungs)} rungs. Lower it, or lower `brackets`."
        ) from None


def _refuse_expressions_of_epoch(space: Space) -> None:
    """Raise StudyError if an expression uses `epoch`: a configuration must exist at every rung."""
    rules = {"constraint": space.constraint}
    rules |= {f"space.{name}.when": each.when for name, each in space.parameters.items()}
    for key, rule in rules.items():
        if rule is not None and "epoch" in rule.names:
            raise StudyError(
                f"search.{key} is {rule.text!r}, but halving trains each configuration at every "
                "`epoch`. Leave `epoch` out of it, or choose another method."
            )


def _mse(trial: Trial) -> float:
    return math.inf if trial.mse is None else trial.mse


def _listed(rungs: Sequence[int]) -> str:
    return ", ".join(map(str, rungs))


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
