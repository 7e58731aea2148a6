"""The tables on a MySQL server, line by line as the design states them."""

import re

import pytest
from sqlalchemy import text

from lstm_assets.store.engine import connect, open_engine
from lstm_assets.store.migrations import migrate

ASSETVALUE = [
    ("DATE_MARKET", "varchar(20)", "NO", "PRI"),
    ("TICKER", "varchar(20)", "NO", "PRI"),
    ("OPEN_P", "double", "YES", ""),
    ("HIGH_P", "double", "YES", ""),
    ("LOW_P", "double", "YES", ""),
    ("CLOSE_P", "double", "YES", ""),
    ("VOLUME", "double", "YES", ""),
    ("DATE_UPDATE", "datetime", "YES", ""),
]
VERDICT = [
    ("HOLDOUT_BEGIN", "varchar(20)", "YES", ""),
    ("HOLDOUT_END", "varchar(20)", "YES", ""),
    ("HOLDOUT_BARS", "int", "YES", ""),
    ("HOLDOUT_OPENED", "int", "YES", ""),
    ("TRIES", "int", "YES", ""),
    ("MSE_HOLDOUT", "double", "YES", ""),
    ("MSE_NAIVE_HOLDOUT", "double", "YES", ""),
    ("MSE_DRIFT_HOLDOUT", "double", "YES", ""),
    ("MSE_CLOSE_HOLDOUT", "double", "YES", ""),
    ("GAIN", "double", "YES", ""),
    ("P_VALUE", "double", "YES", ""),
    ("VERDICT", "varchar(300)", "YES", ""),
    ("TESTED", "varchar(64)", "YES", ""),
]
BESIDE = [
    ("SEEDS", "int", "YES", ""),
    ("SEED_SD", "double", "YES", ""),
    ("P_DM", "double", "YES", ""),
    ("P_SEARCH", "double", "YES", ""),
    ("MCS_SIZE", "int", "YES", ""),
    ("P_ACCURACY", "double", "YES", ""),
    ("GAIN_BEST_BARS", "double", "YES", ""),
    ("BASELINE", "varchar(20)", "YES", ""),
    ("MSE_BASELINE", "double", "YES", ""),
    ("MSE_BASELINE_HOLDOUT", "double", "YES", ""),
    ("P_BASELINE", "double", "YES", ""),
    ("BASELINE_VERDICT", "varchar(300)", "YES", ""),
]
COLUMNS = {
    "TB_TASKRUN": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("RUN_ID", "varchar(36)", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
    ],
    "TB_ASSETVALUE_RAW": ASSETVALUE,
    "TB_ASSETVALUE_ADJ": ASSETVALUE,
    "TB_HYPERPARAMETER": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("EPOCH", "int", "YES", ""),
        ("BATCH_SIZE", "int", "YES", ""),
        ("LEARNING_RATE", "double", "YES", ""),
        ("RATIO_TRAIN_SET", "double", "YES", ""),
        ("SIZE_SEQUENCE", "int", "YES", ""),
        ("SIZE_UNIT_INPUT", "int", "YES", ""),
        ("SIZE_UNIT_HIDDEN", "int", "YES", ""),
        ("SIZE_UNIT_OUTPUT", "int", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
    ],
    "TB_MODELRESULT": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("TICKER", "varchar(20)", "YES", ""),
        ("VERSION_MODEL", "int", "YES", ""),
        ("DATE_B_TRAIN", "varchar(20)", "YES", ""),
        ("DATE_E_TRAIN", "varchar(20)", "YES", ""),
        ("DATE_B_TEST", "varchar(20)", "YES", ""),
        ("DATE_E_TEST", "varchar(20)", "YES", ""),
        ("LOSS", "double", "YES", ""),
        ("ACCURACY", "double", "YES", ""),
        ("MSE", "double", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
    ],
    "TB_TASKSTATUS": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("TICKER", "varchar(20)", "YES", ""),
        ("IDX_TASK", "int", "YES", ""),
        ("STATUS", "varchar(20)", "YES", ""),
        ("NOTE", "varchar(300)", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
    ],
    "TB_HYPERPARAMETER_EXT": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("MODEL", "varchar(20)", "YES", ""),
        ("PARAMS", "text", "YES", ""),
        ("METHOD", "varchar(20)", "YES", ""),
        ("ROUND", "int", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
        ("REASON", "varchar(300)", "YES", ""),
        ("EPOCH_FULL", "int", "YES", ""),
        ("FAILED_DATA_VERSION", "varchar(64)", "YES", ""),
        ("STORED_AS", "varchar(100)", "YES", ""),
        ("FAILURE_RECURS", "int", "YES", ""),
    ],
    "TB_MODELHISTORY": [
        ("CODE_TASK", "varchar(20)", "NO", "PRI"),
        ("TICKER", "varchar(20)", "YES", ""),
        ("VERSION_MODEL", "int", "NO", "PRI"),
        ("DATE_B_TRAIN", "varchar(20)", "YES", ""),
        ("DATE_E_TRAIN", "varchar(20)", "YES", ""),
        ("DATE_B_TEST", "varchar(20)", "YES", ""),
        ("DATE_E_TEST", "varchar(20)", "YES", ""),
        ("LOSS", "double", "YES", ""),
        ("ACCURACY", "double", "YES", ""),
        ("MSE", "double", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
        ("SEED", "bigint", "YES", ""),
        ("DATA_VERSION", "varchar(64)", "YES", ""),
        ("SECONDS_TRAIN", "double", "YES", ""),
        ("PATH_MODEL", "varchar(500)", "YES", ""),
        ("IDX_REPEAT", "int", "YES", ""),
        ("IDX_FOLD", "int", "YES", ""),
        ("RELATIVE_MSE", "double", "YES", ""),
        ("FOLDS_MEAN", "double", "YES", ""),
        ("FOLDS_SD", "double", "YES", ""),
    ],
    "TB_BASELINE": [
        ("CODE_STUDY", "varchar(12)", "NO", "PRI"),
        ("NAME", "varchar(20)", "NO", "PRI"),
        ("LOSS", "double", "YES", ""),
        ("ACCURACY", "double", "YES", ""),
        ("MSE", "double", "YES", ""),
        ("RELATIVE_MSE", "double", "YES", ""),
        ("FOLDS_MEAN", "double", "YES", ""),
        ("MSE_HOLDOUT", "double", "YES", ""),
        ("DATA_VERSION", "varchar(64)", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
    ],
    "TB_BESTMODEL": [
        ("CODE_STUDY", "varchar(12)", "NO", "PRI"),
        ("TICKER", "varchar(20)", "YES", ""),
        ("CODE_TASK", "varchar(20)", "YES", ""),
        ("VERSION_MODEL", "int", "YES", ""),
        ("MSE", "double", "YES", ""),
        ("MSE_NAIVE", "double", "YES", ""),
        ("PATH_MODEL", "varchar(500)", "YES", ""),
        ("NOTE", "varchar(300)", "YES", ""),
        ("DATE_UPDATE", "datetime", "YES", ""),
        *VERDICT,
        *BESIDE,
    ],
    "TB_BESTHISTORY": [
        ("CODE_STUDY", "varchar(12)", "NO", "PRI"),
        ("NUMBER", "int", "NO", "PRI"),
        ("TICKER", "varchar(20)", "YES", ""),
        ("CODE_TASK", "varchar(20)", "YES", ""),
        ("VERSION_MODEL", "int", "YES", ""),
        ("MSE", "double", "YES", ""),
        ("MSE_NAIVE", "double", "YES", ""),
        ("PATH_MODEL", "varchar(500)", "YES", ""),
        ("NOTE", "varchar(300)", "YES", ""),
        *VERDICT,
        ("DATE_UPDATE", "datetime", "YES", ""),
        *BESIDE,
    ],
}


@pytest.mark.mysql
def test_every_column_is_as_the_design_states_it(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    migrate(engine)

    found = {}
    with connect(engine) as conn:
        for name in COLUMNS:
            rows = conn.execute(text(f"SHOW COLUMNS FROM {name}")).all()
            # Only MySQL 8 leaves out the display width of integers.
            found[name] = [(r[0], re.sub(r"int\(\d+\)", "int", r[1]), r[2], r[3]) for r in rows]
    engine.dispose()

    assert found == COLUMNS
