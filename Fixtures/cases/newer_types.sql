-- on: mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW --binlog-row-metadata=FULL
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, i4 INET4, u UUID);
INSERT INTO t VALUES (1, '192.0.2.1', '123e4567-e89b-12d3-a456-426655440000'), (2, '0.0.0.0', 'ffffffff-ffff-ffff-ffff-fffffffffffe'), (3, NULL, NULL);
UPDATE t SET i4 = '255.255.255.255' WHERE id = 2;
