-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=STATEMENT
-- errors: 1062
CREATE DATABASE d;
USE d;
CREATE TABLE m (id INT PRIMARY KEY, a INT) ENGINE=MyISAM;
INSERT INTO m VALUES (1, 1), (2, 2);
INSERT INTO m VALUES (3, 3), (4, 4), (2, 9), (5, 5);
INSERT IGNORE INTO m VALUES (6, 6), (1, 9);
INSERT INTO m VALUES (7, 7);
