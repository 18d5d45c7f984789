-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW
CREATE DATABASE d;
CREATE DATABASE e;
USE d;
CREATE TABLE a (id INT PRIMARY KEY, n INT);
CREATE TABLE e.b (id INT PRIMARY KEY, n INT);
CREATE TABLE c (n INT);
INSERT INTO a VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO e.b SELECT id, n * 10 FROM a;
UPDATE a, e.b SET a.n = 7, b.n = 8 WHERE a.id = b.id AND a.id < 3;
DELETE a, b FROM a JOIN e.b b ON a.id = b.id WHERE a.id = 2;
REPLACE INTO a VALUES (3, 33), (4, 44);
INSERT INTO a VALUES (4, 0), (5, 5) ON DUPLICATE KEY UPDATE n = n + 1000;
INSERT INTO c SELECT seq FROM seq_1_to_3000;
UPDATE c SET n = n + 1;
DELETE FROM c WHERE n % 2;
