-- on: mysql-9.7
-- with: --gtid-mode=ON --enforce-gtid-consistency=ON
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(40)) ENGINE=InnoDB;
INSERT INTO t VALUES (1, 'untagged');
SET gtid_next = 'AUTOMATIC:reports';
INSERT INTO t VALUES (2, 'tagged');
UPDATE t SET a = 'tagged too' WHERE id = 1;
SET gtid_next = 'AUTOMATIC:a_tag_of_the_longest_kind_012345';
INSERT INTO t VALUES (3, 'long');
SET gtid_next = 'AUTOMATIC';
FLUSH BINARY LOGS;
SET gtid_next = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee:5000000000';
INSERT INTO t VALUES (4, 'another server');
SET gtid_next = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee:other:7';
INSERT INTO t VALUES (5, 'another server, tagged');
SET gtid_next = 'AUTOMATIC';
CREATE TABLE u ENGINE=InnoDB AS SELECT * FROM t;
FLUSH BINARY LOGS;
DELETE FROM t WHERE id = 3;
DROP TABLE u;
