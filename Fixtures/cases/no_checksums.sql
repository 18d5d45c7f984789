-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW --binlog-checksum=NONE
CREATE DATABASE d;
CREATE TABLE d.t (id INT PRIMARY KEY, a VARCHAR(100));
INSERT INTO d.t VALUES (1, 'one'), (2, 'two'), (3, 'three');
UPDATE d.t SET a = CONCAT(a, a);
FLUSH BINARY LOGS;
DELETE FROM d.t WHERE id = 2;
