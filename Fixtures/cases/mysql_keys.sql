-- on: mysql-9.7
-- with: --binlog-row-image=NOBLOB --sql-generate-invisible-primary-key=ON --binlog-checksum=NONE
CREATE DATABASE d;
USE d;
CREATE TABLE hidden (a INT, b TEXT);
INSERT INTO hidden VALUES (1, 'one'), (2, 'two'), (2, 'two');
UPDATE hidden SET a = 3 WHERE a = 1;
DELETE FROM hidden WHERE a = 2 LIMIT 1;
CREATE TABLE u (a INT NOT NULL UNIQUE, b INT UNIQUE, c BLOB, PRIMARY KEY (a));
INSERT INTO u VALUES (1, 1, 'x'), (2, 2, 'y');
UPDATE u SET b = NULL WHERE a = 1;
UPDATE u SET b = 1, c = 'z' WHERE a = 2;
REPLACE INTO u VALUES (3, 1, 'w');
INSERT INTO u VALUES (1, 5, 'v') ON DUPLICATE KEY UPDATE b = 6;
CREATE TABLE multi (id INT PRIMARY KEY, j JSON, KEY k ((CAST(j->'$.n' AS UNSIGNED ARRAY))));
INSERT INTO multi VALUES (1, '{"n": [1, 2]}'), (2, '{"n": [3]}');
UPDATE multi SET j = '{"n": [4, 5, 6]}' WHERE id = 2;
DELETE FROM multi WHERE id = 1;
