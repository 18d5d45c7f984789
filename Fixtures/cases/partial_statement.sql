-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=STATEMENT
-- errors: 1969
-- replay: no
CREATE DATABASE d;
USE d;
CREATE TABLE d.m (id INT, a INT) ENGINE=MyISAM;
INSERT INTO d.m SELECT seq, 0 FROM seq_1_to_1000;
SET STATEMENT max_statement_time = 0.2 FOR UPDATE d.m SET a = 1 + SLEEP(0.01);
INSERT INTO d.m VALUES (2000, 2);
