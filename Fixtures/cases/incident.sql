-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW --max-binlog-stmt-cache-size=4096 --binlog-stmt-cache-size=4096
-- errors: 1705
-- replay: no
CREATE DATABASE d;
USE d;
CREATE TABLE d.m (id INT, a VARCHAR(1000)) ENGINE=MyISAM;
INSERT INTO d.m VALUES (1, 'one');
INSERT INTO d.m SELECT seq, REPEAT('x', 900) FROM seq_1_to_100;
INSERT INTO d.m VALUES (2, 'two');
