-- on: mysql-9.7
-- with: --binlog-transaction-compression=ON --binlog-checksum=NONE
CREATE DATABASE d;
CREATE TABLE d.t (id INT PRIMARY KEY, a VARCHAR(200), j JSON);
INSERT INTO d.t VALUES (1, 'one', '{"a": [1, 2, 3]}'), (2, REPEAT('two ', 20), NULL), (3, 'three', '"text"');
BEGIN;
UPDATE d.t SET a = 'changed', j = '[true, 1.5, "x"]' WHERE id < 3;
DELETE FROM d.t WHERE id = 3;
COMMIT;
