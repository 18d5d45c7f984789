-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW
CREATE DATABASE d;
CREATE TABLE d.t (id INT PRIMARY KEY, a INT);
SET SESSION gtid_domain_id = 7;
INSERT INTO d.t VALUES (1, 1);
SET SESSION gtid_domain_id = 0, server_id = 33;
INSERT INTO d.t VALUES (2, 2);
FLUSH BINARY LOGS;
SET SESSION gtid_domain_id = 4294967295, server_id = 4294967295;
INSERT INTO d.t VALUES (3, 3);
SET SESSION gtid_domain_id = 7, gtid_seq_no = 18446744073709551000;
INSERT INTO d.t VALUES (4, 4);
FLUSH BINARY LOGS;
DELETE FROM d.t WHERE id = 1;
