"""A search without training, registered and scored as the platform does: a helper of tests."""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lstm_assets.cells.proposal import Proposal
from lstm_assets.cells.values import Values, identity
from lstm_assets.search import METHODS, Method
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.rounds import propose
from lstm_assets.search.space.space import Space
from lstm_assets_tests.search.toy import lstm_space

MOST_ROUNDS = 300
SECONDS_AN_EPOCH = 60.0

LISTED: dict[str, Any] = {
    "epoch": [1, 3, 9],
    "batch_size": [10, 20, 30],
    "learning_rate": [0.001, 0.01, 0.1],
    "size_unit_hidden": {"low": 2, "high": 8, "base": 2},
}
WIDE: dict[str, Any] = {
    "epoch": [1, 3, 9],
    "batch_size": {"low": 10, "high": 40, "step": 5},
    "learning_rate": {"low": 1e-4, "high": 1, "scale": "log"},
    "size_unit_hidden": {"low": 2, "high": 64},
}


def space_for(method: str) -> Space:
    """A space that the method can search."""
    if method == "grid":
        return lstm_space("batch_size < 30 or size_unit_hidden > 2", **LISTED)
    return lstm_space("batch_size < 30 or size_unit_hidden > 9", **WIDE)


def small_space() -> Space:
    """A space of few tuples, which every method can search."""
    return lstm_space("batch_size < 30 or size_unit_hidden > 2", **LISTED)


def bowl(values: Values) -> float | None:
    """An MSE with one best tuple, better with every epoch; None is a cell that failed."""
    if values["batch_size"] == 30 and values["size_unit_hidden"] % 4 == 0:
        return None
    rate, units = math.log10(values["learning_rate"]) + 2, values["size_unit_hidden"] / 64
    return rate**2 + (values["batch_size"] / 20 - 1) ** 2 + units + 1 / values["epoch"]


@dataclass
class Search:
    """A search as the tables hold it."""

    method: Method
    space: Space
    objective: Callable[[Values], float | None] = bowl
    trials: list[Trial] = field(default_factory=list)  # in the order of their codes
    rounds: list[Proposal] = field(default_factory=list)  # each once

    @property
    def history(self) -> History:
        return History(self.space.model, list(self.trials))

    def propose(self) -> Proposal:
        return propose(self.method, self.space, self.history)

    def register(self, proposal: Proposal) -> None:
        """Give what is new a code, and say of all who proposed it last."""
        self.rounds.append(proposal)
        known = {identity("lstm", each.values): at for at, each in enumerate(self.trials)}
        for cell in proposal.cells:
            at = known.get(identity("lstm", cell.values), len(self.trials))
            if at == len(self.trials):
                self.trials.append(Trial(cell.values, State.OPEN, None, f"X-{at:04d}"))
            self.trials[at] = replace(
                self.trials[at],
                method=proposal.method,
                round=proposal.round,
                epoch_full=cell.epoch_full,
            )

    def train(self, at: int) -> None:
        """Score one cell."""
        trial = self.trials[at]
        mse = self.objective(trial.values)
        state = State.FAILED if mse is None else State.DONE
        seconds = SECONDS_AN_EPOCH * trial.epochs
        self.trials[at] = replace(trial, state=state, mse=mse, seconds=seconds)

    def open(self) -> list[int]:
        """Return where the trials are that have no result yet."""
        return [at for at, each in enumerate(self.trials) if each.state is State.OPEN]

    def run(self, rounds: int = MOST_ROUNDS, order: random.Random | None = None) -> Proposal:
        """Search to the end, or for some rounds; return what is proposed then."""
        for _ in range(rounds):
            proposal = self.propose()
            if proposal.is_repeated:
                return proposal
            self.register(proposal)
            waiting = self.open()
            if order is not None:
                order.shuffle(waiting)
            for at in waiting:
                self.train(at)
        return self.propose()

    @property
    def own(self) -> Sequence[Trial]:
        return self.history.of(self.method.name, self.space)


def told(proposal: Proposal) -> Any:
    """All that a proposal says, to compare it with another."""
    cells = [[each.values, each.reason, each.epoch_full] for each in proposal.cells]
    return json.loads(json.dumps([proposal.round, cells, proposal.ended], sort_keys=True))


if __name__ == "__main__":  # what another process proposes, for every method
    found = {}
    for name, method in METHODS.items():
        search = Search(method.model_validate({"n_trials": 12, "seed": 3}), space_for(name))
        found[name] = told(search.run(rounds=2))
    json.dump(found, sys.stdout)
