"""Which run holds which task."""

from sqlalchemy import Connection, Engine

from lstm_assets.store.claims import claim, holders, read_claims, release, release_task
from lstm_assets.store.engine import begin

CODES = ["USD-0001", "USD-0002", "USD-10000"]


def held(conn: Connection, study: str = "USD") -> dict[str, list[str]]:
    return {each.run_id: each.codes for each in read_claims(conn, study)}


def test_the_last_run_to_claim_a_task_holds_it(engine: Engine) -> None:
    with begin(engine) as conn:
        claim(conn, CODES, "first")
        claim(conn, CODES[1:], "second")

        assert held(conn) == {"first": ["USD-0001"], "second": ["USD-0002", "USD-10000"]}
        assert holders(conn, ["USD-0001", "USD-0002", "USD-0003"]) == {
            "USD-0001": "first",
            "USD-0002": "second",
        }


def test_a_run_releases_what_it_holds_of_one_study_and_no_other(engine: Engine) -> None:
    with begin(engine) as conn:
        claim(conn, [*CODES, "USDKRW-0001"], "first")
        claim(conn, ["USD-0002"], "second")

        release(conn, "USD", "first")

        assert held(conn) == {"second": ["USD-0002"]}
        assert held(conn, "USDKRW") == {"first": ["USDKRW-0001"]}


def test_a_task_that_ended_is_nobody_s(engine: Engine) -> None:
    with begin(engine) as conn:
        claim(conn, CODES, "first")

        release_task(conn, "USD-0002")

        assert held(conn) == {"first": ["USD-0001", "USD-10000"]}


def test_more_tasks_than_a_statement_binds_are_claimed_and_found(engine: Engine) -> None:
    codes = [f"USD-{number:04}" for number in range(1, 2501)]

    with begin(engine) as conn:
        claim(conn, codes, "first")

        assert holders(conn, codes) == dict.fromkeys(codes, "first")
