-- Rows of up to 512 KB, written and written over.
CREATE DATABASE bench;
USE bench;
CREATE TABLE files (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), data MEDIUMBLOB);
INSERT INTO files (name, data)
    SELECT seq, REPEAT(CHAR(65 + seq % 26), 1000 * (seq % 200)) FROM seq_1_to_400;
DELIMITER //
CREATE PROCEDURE work(times INT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE k INT;
    WHILE i < times / 100 DO
        SET i = i + 1, k = 1 + FLOOR(RAND() * 400);
        INSERT INTO files (name, data) VALUES (i, REPEAT(SHA2(i, 512), 1 + 4000 * RAND()));
        UPDATE files SET data = REPEAT(MD5(i), 1 + 8000 * RAND()) WHERE id = k;
        DELETE FROM files WHERE id = 400 + k;
    END WHILE;
END//
DELIMITER ;
