-- Wide rows of many types, a table without a key, one that cascades, and text: what shops do.
CREATE DATABASE bench;
USE bench;
CREATE TABLE wide (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL, code CHAR(12) UNIQUE,
    price DECIMAL(14,4), weight DOUBLE, made DATETIME(6), seen TIMESTAMP NULL, day DATE, flags BIT(12),
    kind ENUM('a','b','c'), tags SET('x','y','z'), note TEXT CHARACTER SET utf8mb4, body VARBINARY(200),
    n1 INT, n2 INT, n3 INT, n4 SMALLINT, n5 TINYINT, t1 VARCHAR(60), t2 VARCHAR(60), t3 VARCHAR(60),
    KEY (name), KEY (n1, n2)
);
CREATE TABLE parent (id INT PRIMARY KEY, v INT);
CREATE TABLE child (
    id INT AUTO_INCREMENT PRIMARY KEY, parent INT, v INT,
    FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE
);
CREATE TABLE journal (at DATETIME(6), what VARCHAR(100));
INSERT INTO wide (name, code, price, weight, made, note, n1, n2, t1)
    SELECT CONCAT('name ', seq), CONCAT('c', seq), seq / 7, seq * 1.5, '2026-01-01' + INTERVAL seq SECOND,
        REPEAT('note ', seq % 30), seq, seq % 100, REPEAT('t', seq % 60)
    FROM seq_1_to_20000;
INSERT INTO parent SELECT seq, 0 FROM seq_1_to_500;
INSERT INTO child (parent, v) SELECT 1 + seq % 500, seq FROM seq_1_to_2000;
DELIMITER //
CREATE PROCEDURE work(times INT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE r DOUBLE;
    DECLARE k INT;
    WHILE i < times DO
        SET i = i + 1, r = RAND(), k = 1 + FLOOR(RAND() * 25000);
        START TRANSACTION;
        IF r < 0.5 THEN
            UPDATE wide SET n2 = n2 + 1, price = price + 0.5, seen = FROM_UNIXTIME(1700000000 + i)
                WHERE id = k;
        ELSEIF r < 0.7 THEN
            INSERT INTO wide (name, code, price, note, n1)
                VALUES (CONCAT('new ', i), CONCAT('n', i), i, REPEAT('new ', 1 + i % 40), i);
        ELSEIF r < 0.8 THEN
            DELETE FROM wide WHERE id = k;
        ELSEIF r < 0.9 THEN
            UPDATE wide SET note = CONCAT('changed ', i), t1 = 'x'
                WHERE id BETWEEN k AND k + 5;
        ELSEIF r < 0.98 THEN
            UPDATE child SET v = v + 1 WHERE id = k % 2000;
        ELSE
            DELETE FROM parent WHERE id = k % 500;
        END IF;
        IF i % 4 = 0 THEN
            INSERT INTO journal VALUES (NOW(6), CONCAT('did ', i));
        END IF;
        COMMIT;
    END WHILE;
END//
DELIMITER ;
