"""The rounds of a search: the next round, and when the search is over."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from lstm_assets.cells.proposal import Proposal, Proposed
from lstm_assets.search.history import History, State, Trial, epochs_spent, seconds_spent
from lstm_assets.search.method import Method
from lstm_assets.search.space.space import Space

SECONDS_A_MINUTE = 60


def propose(method: Method, space: Space, history: History) -> Proposal:
    """Return the round to train next.

    A method with one round always returns all of it. Another method returns the newest round
    again while a trial of the search is OPEN, and when the search is over: its budget is spent,
    nothing is left to try, or no round was better for `patience` rounds.

    The stored numbers of a method's rounds continue when the space changes, so the highest number
    is the newest round. The method itself counts rounds from 0 in each space.
    """
    own = history.of(method.name, space)
    if method.has_one_round:
        return _everything(method, space, history)
    if any(each.state is State.OPEN for each in own):
        return _newest_round(method, space, history, own, "")
    if ended := _ended(method, space, own):
        return _newest_round(method, space, history, own, ended)
    number = len({each.round for each in own})
    proposed = method.next_round(space, history, own, number)
    within = _within_budget(method, space, own, proposed)
    if not within:
        ended = _used_up(method, space, own, bool(proposed))
        return _newest_round(method, space, history, own, ended)
    notes = method.notes(space, history, own, number)
    every = history.by(method.name)
    return Proposal(space.model, method.name, _newest_number(every) + 1, within, len(every), notes)


def _everything(method: Method, space: Space, history: History) -> Proposal:
    cells = _within_budget(method, space, [], method.next_round(space, history, [], 0))
    new = any(history.code_of(each.values) is None for each in cells)
    return Proposal(space.model, method.name, 0, cells, None, is_repeated=not new)


def _newest_round(
    method: Method, space: Space, history: History, own: Sequence[Trial], ended: str
) -> Proposal:
    newest = _newest_number(own)
    cells = [Proposed(each.values, "", each.epoch_full) for each in own if each.round == newest]
    known = len(history.by(method.name))
    number = max(newest, 0)
    return Proposal(space.model, method.name, number, cells, known, is_repeated=True, ended=ended)


def _newest_number(own: Sequence[Trial]) -> int:
    """Return the number of the newest round; -1 if there is none."""
    return max((each.round for each in own), default=-1)


def _ended(method: Method, space: Space, own: Sequence[Trial]) -> str:
    """Return why there is no other round; an empty text if there may be one."""
    minutes = method.budget_minutes
    if minutes and seconds_spent(space.model, own) >= minutes * SECONDS_A_MINUTE:
        return _budget(method, space, own)
    if method.patience and _stages_without_gain(method.stages(own)) >= method.patience:
        return f"nothing got better in {method.patience} rounds"
    return ""


def _used_up(method: Method, space: Space, own: Sequence[Trial], proposed: bool) -> str:
    """Return why there is no other round: the budget, or nothing was left to propose."""
    all_started = method.n_trials is not None and method.trials(own) >= method.n_trials
    if proposed or all_started:
        return _budget(method, space, own)
    return "every combination that it would propose was tried"


def _budget(method: Method, space: Space, own: Sequence[Trial]) -> str:
    """Return how much of the budget is spent, as text."""
    minutes = seconds_spent(space.model, own) / SECONDS_A_MINUTE
    spent = {
        "trials": (method.trials(own), method.n_trials),
        "epochs": (epochs_spent(space.model, own), method.budget_epochs),
        "minutes of training": (round(minutes, 1), method.budget_minutes),
    }
    parts = [f"{done:,} of {limit:,} {what}" for what, (done, limit) in spent.items() if limit]
    return "spent " + ", ".join(parts)


def _stages_without_gain(stages: Sequence[Sequence[Trial]]) -> int:
    """Return how many of the newest stages in a row have no new best MSE."""
    best, without_gain = float("inf"), 0
    for stage in stages:
        lowest = min((each.mse for each in stage if each.mse is not None), default=float("inf"))
        without_gain = 0 if lowest < best else without_gain + 1
        best = min(best, lowest)
    return without_gain


def _within_budget(
    method: Method, space: Space, own: Sequence[Trial], proposed: Sequence[Proposed]
) -> Sequence[Proposed]:
    """Return the first of the proposed cells, as many as the budget allows."""
    trials = [Trial(each.values, State.OPEN, epoch_full=each.epoch_full) for each in proposed]

    def exceeds(count: int) -> bool:
        together = [*own, *trials[:count]]
        if method.n_trials is not None and method.trials(together) > method.n_trials:
            return True
        budget = method.budget_epochs
        return budget is not None and epochs_spent(space.model, together) > budget

    counts = range(1, len(proposed) + 1)  # the cost rises with the count, so it can be bisected
    return proposed[: bisect.bisect_left(counts, True, key=exceeds)]
