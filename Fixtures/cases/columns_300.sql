-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW
CREATE DATABASE d;
USE d;
SET SESSION group_concat_max_len = 1000000;
SET @c = (SELECT GROUP_CONCAT('c', seq, IF(seq % 3, ' INT', ' VARCHAR(5)')) FROM seq_1_to_300);
EXECUTE IMMEDIATE CONCAT('CREATE TABLE t (id INT PRIMARY KEY, ', @c, ')');
SET @v = (SELECT GROUP_CONCAT(IF(seq % 7, seq, 'NULL')) FROM seq_1_to_300);
EXECUTE IMMEDIATE CONCAT('INSERT INTO t VALUES (1, ', @v, ')');
INSERT INTO t (id, c300) VALUES (2, 'last');
UPDATE t SET c1 = 7, c298 = NULL;
