"""The tags of Dagster runs that this package reads or sets: Dagster's own, and its own."""

# Dagster's own.
PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
BACKFILL = "dagster/backfill"
RETRIES = "dagster/max_retries"  # how often a run that died is tried again
SERVER = ".dagster/grpc_info"  # the code server that started the run

# Ours.
CHOOSES_ITSELF = "lstm_assets/chooses"  # the launcher of the run materializes best_model itself
FOLLOWS = "lstm_assets/follows"  # the run of model_results that a run of best_model follows
RETUNE = "lstm_assets/retune"  # the study's code, the newest bar, the stage of the retune
ROUND = (
    "lstm_assets/round"  # the study's code, the search's method, the round, the trials before it
)
TRIALS = "lstm_assets/trials"  # the number of the search's trials when a proposal was requested
# The process that carries out the run, see processes.py. The value contains the run's id, because
# Dagster copies a run's tags to its re-executions.
PROCESS = "lstm_assets/process"

# A tag of ops that make assets.
STAGE = "lstm_assets/stage"  # name and index of the asset's stage, see cells/codes.py
