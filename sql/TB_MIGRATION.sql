-- Which of the numbered files beside this one the database has; made before the first of them.
CREATE TABLE IF NOT EXISTS TB_MIGRATION (
  NUMBER      INT NOT NULL,
  NAME        VARCHAR(100),
  CHECKSUM    VARCHAR(64),
  DATE_UPDATE DATETIME,
  PRIMARY KEY (NUMBER)
) /*! CHARACTER SET utf8mb4 */;
