"""One round of a search after another: which is next, and when it is over."""

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

    Of a method that proposes all at once, that is always all of it. Of any other it is the newest
    round again while a trial of the search is OPEN, and when the search is over: its budget is
    spent, nothing is left to try, or nothing got better for `patience` rounds.

    A method's rounds are numbered on whatever the space: the one with the highest number is the
    last that was proposed. To the method itself they count from 0 in each space.
    """
    own = history.of(method.name, space)
    if method.at_once:
        return _everything(method, space, history)
    if any(each.state is State.OPEN for each in own):
        return _again(method, space, history, own, "")
    if ended := _ended(method, space, own):
        return _again(method, space, history, own, ended)
    number = len({each.round for each in own})
    proposed = method.next_round(space, history, own, number)
    within = _within_budget(method, space, own, proposed)
    if not within:
        return _again(method, space, history, own, _used_up(method, space, own, bool(proposed)))
    notes = method.notes(space, history, own, number)
    every = history.by(method.name)
    return Proposal(space.model, method.name, _newest(every) + 1, within, len(every), notes)


def _everything(method: Method, space: Space, history: History) -> Proposal:
    cells = _within_budget(method, space, [], method.next_round(space, history, [], 0))
    new = any(history.code_of(each.values) is None for each in cells)
    return Proposal(space.model, method.name, 0, cells, None, is_repeated=not new)


def _again(
    method: Method, space: Space, history: History, own: Sequence[Trial], ended: str
) -> Proposal:
    newest = _newest(own)
    cells = [Proposed(each.values, "", each.epoch_full) for each in own if each.round == newest]
    known = len(history.by(method.name))
    number = max(newest, 0)
    return Proposal(space.model, method.name, number, cells, known, is_repeated=True, ended=ended)


def _newest(own: Sequence[Trial]) -> int:
    """Return the number of the newest round, -1 if there is none."""
    return max((each.round for each in own), default=-1)


def _ended(method: Method, space: Space, own: Sequence[Trial]) -> str:
    """Say why there is to be no other round, nothing if there may be one."""
    minutes = method.budget_minutes
    if minutes and seconds_spent(space.model, own) >= minutes * SECONDS_A_MINUTE:
        return _budget(method, space, own)
    if method.patience and _rounds_in_vain(method.stages(own)) >= method.patience:
        return f"nothing got better in {method.patience} rounds"
    return ""


def _used_up(method: Method, space: Space, own: Sequence[Trial], proposed: bool) -> str:
    """Say why there is no other round: the budget, unless there was nothing left to propose."""
    all_started = method.n_trials is not None and method.trials(own) >= method.n_trials
    if proposed or all_started:
        return _budget(method, space, own)
    return "every tuple that it would propose was tried"


def _budget(method: Method, space: Space, own: Sequence[Trial]) -> str:
    """Say how much of the budget is spent."""
    minutes = seconds_spent(space.model, own) / SECONDS_A_MINUTE
    spent = {
        "trials": (method.trials(own), method.n_trials),
        "epochs": (epochs_spent(space.model, own), method.budget_epochs),
        "minutes of training": (round(minutes, 1), method.budget_minutes),
    }
    told = [f"{done:,} of {limit:,} {what}" for what, (done, limit) in spent.items() if limit]
    return "spent " + ", ".join(told)


def _rounds_in_vain(stages: Sequence[Sequence[Trial]]) -> int:
    """Count the newest stages of which none found anything better than all before it."""
    best, vain = float("inf"), 0
    for stage in stages:
        found = min((each.mse for each in stage if each.mse is not None), default=float("inf"))
        vain = 0 if found < best else vain + 1
        best = min(best, found)
    return vain


def _within_budget(
    method: Method, space: Space, own: Sequence[Trial], proposed: Sequence[Proposed]
) -> Sequence[Proposed]:
    """Return the first of the proposed tuples, as many as the budget has room for."""
    trials = [Trial(each.values, State.OPEN, epoch_full=each.epoch_full) for each in proposed]

    def exceeds(count: int) -> bool:
        together = [*own, *trials[:count]]
        if method.n_trials is not None and method.trials(together) > method.n_trials:
            return True
        budget = method.budget_epochs
        return budget is not None and epochs_spent(space.model, together) > budget

    counts = range(1, len(proposed) + 1)  # the more, the more they cost
    return proposed[: bisect.bisect_left(counts, True, key=exceeds)]
