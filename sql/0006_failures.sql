-- Whether the failure of FAILED_DATA_VERSION recurs: 1: the cell itself is the reason, so another
-- training on the same prices would fail again; 0 or NULL: its run or its machine may be.
ALTER TABLE TB_HYPERPARAMETER_EXT ADD COLUMN FAILURE_RECURS INT;
