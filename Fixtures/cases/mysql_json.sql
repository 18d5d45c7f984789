-- on: mysql-9.7
-- with: --binlog-row-metadata=FULL
CREATE DATABASE d;
USE d;
CREATE TABLE j (id INT PRIMARY KEY, a JSON, b JSON, c INT);
INSERT INTO j VALUES
    (1, '{"k": 1, "list": [true, false, null, "text", 1.5, -7, 70000, -70000, 5000000000, 18446744073709551615]}', '[]', 1),
    (2, '"a \\"quoted\\" ü \\u0001 \\\\ \\b\\f\\n\\r\\t"', '{}', 2),
    (3, 'null', 'true', 3), (4, '3.0', '-0.0001', 4), (5, '[[[[1]]], {"": {"": []}}]', NULL, 5);
INSERT INTO j VALUES (6, JSON_OBJECT('d', CAST('2026-11-22' AS DATE), 't', CAST('-12:34:56.7' AS TIME(1)),
    'dt', CAST('2026-11-22 01:02:03.456789' AS DATETIME(6)), 'm', CAST(-12345.678901 AS DECIMAL(20,6)),
    'b', x'00FF41', 'bit', b'101'), JSON_ARRAY(REPEAT('long', 40), REPEAT('l', 20000)), 6);
INSERT INTO j SELECT 7, JSON_ARRAYAGG(JSON_OBJECT('n', n, 'text', REPEAT('x', 60))),
    JSON_OBJECTAGG(CONCAT('key', n), n * 100000), 7
    FROM (WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 900) SELECT n FROM r) x;
UPDATE j SET a = JSON_SET(a, '$.k', 2) WHERE id = 1;
DELETE FROM j WHERE id = 3;
