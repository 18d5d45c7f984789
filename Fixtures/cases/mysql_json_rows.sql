-- on: mysql-9.7
-- with: --binlog-row-metadata=FULL
-- Rows that only their documents tell apart; decimals, quotes and backslashes in those.
CREATE DATABASE d;
USE d;
CREATE TABLE k (n INT, doc JSON);
INSERT INTO k VALUES (1, JSON_OBJECT('p', CAST(1.50 AS DECIMAL(5,2)))), (2, '{"a": 1}');
UPDATE k SET doc = '{"a": "it''s \\"so\\" \\\\ ü"}' WHERE n = 2;
UPDATE k SET n = 3 WHERE n = 2;
DELETE FROM k WHERE n = 3;
