-- on: mysql-9.7
CREATE DATABASE d;
CREATE TABLE d.t (id INT PRIMARY KEY, a VARCHAR(20));
XA START 'one';
INSERT INTO d.t VALUES (1, 'xa');
XA END 'one';
XA PREPARE 'one';
XA COMMIT 'one';
XA START 'two', 'branch', 7;
INSERT INTO d.t VALUES (2, 'lost');
XA END 'two', 'branch', 7;
XA PREPARE 'two', 'branch', 7;
XA ROLLBACK 'two', 'branch', 7;
XA START x'00ff', x'', 1;
UPDATE d.t SET a = 'one phase' WHERE id = 1;
XA END x'00ff', x'', 1;
XA COMMIT x'00ff', x'', 1 ONE PHASE;
INSERT INTO d.t VALUES (3, 'plain');
