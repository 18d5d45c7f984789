-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
CREATE DATABASE `o'dd "d``b`;
USE `o'dd "d``b`;
CREATE TABLE `select` (`from` INT PRIMARY KEY, `ü ñ` VARCHAR(10), `a``b` INT, `$1` INT, `-- x` INT);
CREATE TABLE `日本語` (`列` VARCHAR(20) CHARACTER SET utf8mb4);
INSERT INTO `select` VALUES (1, 'x', 2, 3, 4);
INSERT INTO `日本語` VALUES ('値'), (UUID_SHORT());
SET sql_mode = 'ANSI_QUOTES';
UPDATE "select" SET "a`b" = 5;
ALTER TABLE "select" ADD "50% off" INT DEFAULT 1;
