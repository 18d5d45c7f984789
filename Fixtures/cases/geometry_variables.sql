-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=STATEMENT
CREATE DATABASE d;
USE d;
CREATE TABLE g (id INT AUTO_INCREMENT PRIMARY KEY, g GEOMETRY, p POINT, l LINESTRING);
SET @p = POINT(1.1, -2e-300), @l = LINESTRING(POINT(0, 0), POINT(1, 0.1)), @n = NULL,
    @g = ST_GeomFromText('POLYGON((0 0,3 0,3 3,0 0),(1 1,2 1,2 2,1 1))', 4326),
    @y = POLYGON(LINESTRING(POINT(0, 0), POINT(1, 0), POINT(1, 1), POINT(0, 0))),
    @m = MULTIPOINT(POINT(1, 1), POINT(2, 2)),
    @ml = MULTILINESTRING(LINESTRING(POINT(0, 0), POINT(1, 1)), LINESTRING(POINT(2, 2), POINT(3, 3))),
    @my = MULTIPOLYGON(POLYGON(LINESTRING(POINT(0, 0), POINT(1, 0), POINT(1, 1), POINT(0, 0)))),
    @c = GEOMETRYCOLLECTION(POINT(1, 2), LINESTRING(POINT(0, 0), POINT(1, 1))),
    @e = ST_GeomFromText('GEOMETRYCOLLECTION EMPTY');
INSERT INTO g (g, p, l) VALUES (@p, @p, @l), (@g, @n, @n), (@c, NULL, NULL), (@m, NULL, NULL);
INSERT INTO g (g) VALUES (@ml), (@my), (@y), (@l);
CREATE TABLE made AS SELECT @p p, @l l, @g g, @y y, @m m, @ml ml, @my my, @c c;
UPDATE g SET g = @g WHERE g = @l;
