-- The tasks that a Dagster run has taken up and not yet settled; /*! */ as in 0001. A task has one
-- row at most: a run that takes it over replaces its predecessor's claim.
CREATE TABLE IF NOT EXISTS TB_TASKRUN (
    CODE_TASK VARCHAR(20) NOT NULL,
    RUN_ID VARCHAR(36),
    DATE_UPDATE DATETIME,
    PRIMARY KEY (CODE_TASK)
) /*! CHARACTER SET utf8mb4 */;
