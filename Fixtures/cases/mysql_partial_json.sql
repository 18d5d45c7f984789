-- on: mysql-9.7
-- with: --binlog-row-metadata=FULL --binlog-row-value-options=PARTIAL_JSON --binlog-row-image=MINIMAL
CREATE DATABASE d;
USE d;
CREATE TABLE j (id INT PRIMARY KEY, a JSON, n INT, b JSON, c JSON, d JSON, e JSON, f JSON, g JSON, h JSON, i JSON);
INSERT INTO j VALUES
    (1, '{"k": 1, "list": ["aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b", 3], "gone": "xxxxxxxxxxxxxxxxxxx"}', 1, '{"x": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}',
     '{}', '{}', '{}', '{}', '{}', '{}', '{"last": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}'),
    (2, '[1, 2, 3, "some more text so that a change is smaller than the value"]', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
UPDATE j SET a = JSON_SET(a, '$.k', 2), i = JSON_SET(i, '$.last', 'short') WHERE id = 1;
UPDATE j SET a = JSON_REPLACE(a, '$.list[1]', 'q'), n = n + 1 WHERE id = 1;
UPDATE j SET a = JSON_REMOVE(a, '$.gone') WHERE id = 1;
UPDATE j SET a = JSON_ARRAY_INSERT(a, '$[1]', 9) WHERE id = 2;
UPDATE j SET a = JSON_SET(a, '$[0]', 100), b = '{"whole": true}' WHERE id = 2;
UPDATE j SET n = 7;
