-- What a search says of a tuple beside its METHOD and ROUND; /*! */ as in 0001.

-- Why it was proposed.
ALTER TABLE TB_HYPERPARAMETER_EXT ADD COLUMN REASON VARCHAR(300);

-- Epochs that a tuple must have to be ranked with the others: one with fewer was stopped early, or
-- went on under another code. NULL: those it has.
ALTER TABLE TB_HYPERPARAMETER_EXT ADD COLUMN EPOCH_FULL INT;

-- The data version on which its own training failed, by no fault of its run; NULL: on none.
ALTER TABLE TB_HYPERPARAMETER_EXT ADD COLUMN FAILED_DATA_VERSION VARCHAR(64);
