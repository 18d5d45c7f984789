-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW --mysql56-temporal-format=0
-- target: --mysql56-temporal-format=0
CREATE DATABASE d;
USE d;
SET time_zone = '+00:00';
CREATE TABLE t (id INT PRIMARY KEY, t TIME, d DATETIME, s TIMESTAMP NULL, y DATE);
INSERT INTO t VALUES (1, '-838:59:59', '2026-11-22 01:02:03', '2026-11-22 01:02:03', '2026-11-22'), (2, NULL, NULL, NULL, NULL), (3, '12:00:00', '9999-12-31 23:59:59', '2038-01-19 03:14:07', '0000-00-00');
UPDATE t SET t = '00:00:01' WHERE id = 1;
