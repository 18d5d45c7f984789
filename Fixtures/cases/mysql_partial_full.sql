-- on: mysql-9.7
-- with: --binlog-row-metadata=FULL --binlog-row-value-options=PARTIAL_JSON
CREATE DATABASE d;
USE d;
CREATE TABLE j (id INT PRIMARY KEY, v INT, a JSON, b JSON);
INSERT INTO j VALUES (1, 1, '{"a": 1, "text": "long enough that a change of it is smaller"}', '[1]'), (2, 2, NULL, '{}');
UPDATE j SET v = v + 1;
UPDATE j SET a = JSON_SET(a, '$.a', 2) WHERE id = 1;
UPDATE j SET v = v + 1, b = '[2]' WHERE id = 1;
