"""A result and a winner to store: a helper of the tests of the store."""

from lstm_assets.cells.result import Best, Result

RESULT = Result(
    code_task="USD-0001",
    ticker="USD/KRW",
    version_model=1,
    date_b_train="20130102",
    date_e_train="20201230",
    date_b_test="20201231",
    date_e_test="20221230",
    loss=0.1 + 0.2,
    accuracy=0.5,
    mse=64123.45,
    seed=2**63 - 1,
    data_version="a" * 64,
    seconds_train=1.5,
    path_model="/home/me/models/USD-0001-v1.pt",
)
BEST = Best("USD", "USD/KRW", "USD-0001", 1, mse=1.5, mse_naive=1.25, path_model="m.pt", note="x")
