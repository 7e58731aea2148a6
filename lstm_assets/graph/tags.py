"""The tags of Dagster runs that are read or set here: Dagster's own, and those of this package."""

# Dagster's own.
PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
BACKFILL = "dagster/backfill"
RETRIES = "dagster/max_retries"  # how often a run is tried again that died
SERVER = ".dagster/grpc_info"  # the code server that started the run

# Ours.
CHOOSES_ITSELF = "lstm_assets/chooses"  # whoever launched the run materializes best_model
FOLLOWS = "lstm_assets/follows"  # the run of model_results that a run of best_model follows
RETUNE = "lstm_assets/retune"  # the study's code, the newest bar, the stage of the retune
ROUND = (
    "lstm_assets/round"  # the study's code, the search's method, the round, the trials before it
)
# The process that carries out the run, see processes. A run's tags are copied to its re-executions,
# so the run's id is part of it.
PROCESS = "lstm_assets/process"

# Of the ops that make assets.
STAGE = "lstm_assets/stage"  # name and index of the asset's stage, see cells.codes
