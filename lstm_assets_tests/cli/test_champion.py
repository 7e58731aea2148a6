"""A champion that stayed is the winner on the prices on which it was scored again."""

import pytest

from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import prices, write_study


@pytest.fixture
def retuned(copy: Site) -> Site:
    """A copy of the tuned site whose study is retuned from now on."""
    write_study(copy.studies, retune={"enabled": True})
    return copy


def versions(site: Site) -> tuple[int, int]:
    """VERSION_MODEL of the winner, and the newest of its cell."""
    [best] = site.rows("TB_BESTMODEL")
    newest = {row["CODE_TASK"]: row["VERSION_MODEL"] for row in site.rows("TB_MODELRESULT")}
    return best["VERSION_MODEL"], newest[best["CODE_TASK"]]


def winner(said: str) -> str:
    """The line that names the winner, up to its scores."""
    [line] = [line for line in said.splitlines() if line.startswith("Winner")]
    return line.partition(", MSE")[0]


def test_a_champion_that_beat_its_own_next_version_is_the_winner(retuned: Site) -> None:
    done = retuned.here("tune", "--retrain", "--workers", "0")

    # The same prices give the same weights: on equal figures the champion stays.
    assert versions(retuned) == (1, 2)
    assert winner(done.stdout) == "Winner: TINY-0001 (version 1)"
    assert winner(retuned.here("leaderboard").stdout) == "Winner: TINY-0001 (version 1)"


def test_a_champion_is_the_winner_until_the_prices_change_again(retuned: Site) -> None:
    (retuned.studies / "tiny/prices.csv").write_text(prices(201))

    done = retuned.here("tune", "--set", "epoch=2", "--workers", "0")  # not the champion's cell

    assert versions(retuned) == (1, 1)
    assert winner(done.stdout) == "Winner: TINY-0001 (version 1)"
    retuned.execute(
        "UPDATE TB_ASSETVALUE_ADJ SET CLOSE_P = CLOSE_P + 1 WHERE DATE_MARKET = '2020-07-19'"
    )
    later = winner(retuned.here("leaderboard").stdout)
    assert later == "Winner on earlier prices: TINY-0001 (version 1)"
