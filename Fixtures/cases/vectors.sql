-- on: mariadb-11.8
-- with: --binlog-format=ROW --binlog-row-metadata=FULL
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, v VECTOR(3) NOT NULL, VECTOR INDEX (v));
INSERT INTO t VALUES (1, Vec_FromText('[1,2.5,-3]')), (2, Vec_FromText('[0,0,0]'));
UPDATE t SET v = Vec_FromText('[9,9,9]') WHERE id = 2;
