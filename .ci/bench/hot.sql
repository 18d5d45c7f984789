-- A hundred counters that everybody moves.
CREATE DATABASE bench;
USE bench;
CREATE TABLE counters (id INT PRIMARY KEY, v BIGINT, last VARCHAR(40));
INSERT INTO counters SELECT seq, 0, '' FROM seq_1_to_100;
DELIMITER //
CREATE PROCEDURE work(times INT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE k INT;
    WHILE i < times DO
        SET i = i + 1, k = 1 + FLOOR(RAND() * 100);
        UPDATE counters SET v = v + 1, last = MD5(i) WHERE id = k;
    END WHILE;
END//
DELIMITER ;
