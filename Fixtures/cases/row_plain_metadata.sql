-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=ROW --binlog-row-metadata=NO_LOG --binlog-annotate-row-events=0
CREATE DATABASE d;
CREATE TABLE d.t (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a CHAR(5), b SET('p','q'), c DECIMAL(7,3));
INSERT INTO d.t (a, b, c) VALUES ('one', 'p', 1.5), ('two', 'p,q', -2.25), (NULL, NULL, NULL);
UPDATE d.t SET c = c + 1 WHERE id < 3;
DELETE FROM d.t WHERE a = 'one';
