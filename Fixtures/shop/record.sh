#!/bin/bash
# Records the incident of this folder anew from a real MariaDB 10.11: README.md tells what is in it.
#   record.sh [OUTPUT]     OUTPUT: where the recording goes (default: this script's folder)
# The server is private: its own folder under TMPDIR, a socket, no network. Works as root or not.
set -euo pipefail
export TZ=UTC LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here}
work=$(mktemp -d "${TMPDIR:-/tmp}/lastgood-record.XXXXXX")
chmod 755 "$work"
out=$work/out
mkdir -p "$out/expected" "$out/binlogs"
server_pid=
finish() {
    local code=$?
    if [[ -n $server_pid ]] && kill "$server_pid" 2>/dev/null; then wait "$server_pid" || true; fi
    [[ $code -eq 0 ]] || tail -n 20 "$work/error.log" >&2 || true
    rm -rf "$work"
}
trap finish EXIT

user=()
[[ $(id -u) -ne 0 ]] || user=(--user=root)
PATH=$PATH:/usr/sbin
# Small files, and otherwise what a bare server does, but that it logs.
innodb=(--innodb-data-file-path=ibdata1:10M:autoextend --innodb-log-file-size=4M
    --innodb-undo-tablespaces=0 --innodb-buffer-pool-size=32M)

sql() { mariadb --no-defaults -uroot -S "$work/sock" --default-character-set=utf8mb4 "$@"; }
value() { sql -N -B -e "$1"; }

start_server() {
    mariadb-install-db --no-defaults "${user[@]}" --datadir="$work/data" --skip-test-db \
        --auth-root-authentication-method=normal "${innodb[@]}" >"$work/install.log" 2>&1
    mariadbd --no-defaults "${user[@]}" --datadir="$work/data" --socket="$work/sock" \
        --pid-file="$work/pid" --log-error="$work/error.log" --skip-networking --server-id=7 \
        --log-bin=shop-bin --binlog-format=ROW --character-set-server=utf8mb4 \
        --collation-server=utf8mb4_general_ci "${innodb[@]}" &
    server_pid=$!
    local i
    for i in $(seq 150); do
        sql -e 'select 1' >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "record.sh: the server does not start" >&2
    exit 2
}

# The help tables are half of a fresh data directory, and nobody needs them in the backup.
slim_data() {
    sql mysql -e "SET sql_log_bin=0; TRUNCATE help_topic; TRUNCATE help_keyword;
        TRUNCATE help_relation; TRUNCATE help_category;"
    rm -rf "$work/data/test"
}

# Repeatable numbers: roll N sets R to 1…N.
seed=20240229
R=0
roll() {
    seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
    R=$(((seed >> 8) % $1 + 1))
}

schema() {
    sql <<'SQL'
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE crm;
USE shop;
CREATE TABLE categories (
  id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  parent_id SMALLINT UNSIGNED NULL,
  name VARCHAR(60) NOT NULL,
  UNIQUE KEY name (name),
  CONSTRAINT category_parent FOREIGN KEY (parent_id) REFERENCES categories (id) ON DELETE SET NULL
);
CREATE TABLE products (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sku CHAR(10) CHARACTER SET ascii NOT NULL,
  category_id SMALLINT UNSIGNED NULL,
  name VARCHAR(120) NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  tax_rate DECIMAL(4,2) NOT NULL DEFAULT 19.00,
  gross DECIMAL(12,4) GENERATED ALWAYS AS (price * (1 + tax_rate / 100)) STORED,
  weight_kg FLOAT NULL,
  rating DOUBLE NULL,
  stock INT NOT NULL DEFAULT 0,
  features SET('new','sale','fragile','bulky','digital') NOT NULL DEFAULT '',
  flags BIT(12) NOT NULL DEFAULT b'0',
  model_year YEAR NULL,
  attributes JSON NULL,
  updated_at TIMESTAMP(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  UNIQUE KEY sku (sku),
  KEY by_category (category_id, price),
  CONSTRAINT product_category FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL
);
CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) NOT NULL,
  name VARCHAR(80) NOT NULL,
  phone VARCHAR(24) NULL,
  birthday DATE NULL,
  level ENUM('guest','silver','gold') NOT NULL DEFAULT 'guest',
  newsletter BIT(1) NOT NULL DEFAULT b'0',
  credit DECIMAL(12,3) NOT NULL DEFAULT 0,
  created_at DATETIME(6) NOT NULL,
  UNIQUE KEY email (email),
  KEY by_name (name)
);
CREATE TABLE addresses (
  customer_id INT UNSIGNED NOT NULL,
  kind ENUM('bill','ship') NOT NULL,
  street VARCHAR(80) NOT NULL,
  zip VARCHAR(10) NOT NULL,
  city VARCHAR(60) NOT NULL,
  label VARCHAR(160) GENERATED ALWAYS AS (concat(zip, ' ', city)) VIRTUAL,
  PRIMARY KEY (customer_id, kind),
  CONSTRAINT address_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  number CHAR(12) NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  status ENUM('open','paid','sent','returned') NOT NULL DEFAULT 'open',
  total DECIMAL(12,2) NOT NULL DEFAULT 0,
  placed_at TIMESTAMP(6) NOT NULL DEFAULT current_timestamp(6),
  deliver_at TIME(2) NULL,
  note TEXT NULL,
  meta JSON NULL,
  UNIQUE KEY number (number),
  KEY by_customer (customer_id, placed_at),
  CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
);
CREATE TABLE order_items (
  order_id BIGINT UNSIGNED NOT NULL,
  line TINYINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity SMALLINT NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  PRIMARY KEY (order_id, line),
  UNIQUE KEY one_line_per_product (order_id, product_id),
  CONSTRAINT item_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
);
CREATE TABLE payments (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  method ENUM('card','transfer','voucher') NOT NULL,
  amount DECIMAL(12,2) NOT NULL,
  token VARBINARY(32) NOT NULL,
  paid_at DATETIME(3) NOT NULL,
  UNIQUE KEY token (token),
  KEY by_order (order_id)
);
CREATE TABLE stock_movements (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  product_id INT UNSIGNED NOT NULL,
  delta MEDIUMINT NOT NULL,
  reason VARCHAR(40) NOT NULL,
  moved_at TIMESTAMP NOT NULL DEFAULT current_timestamp(),
  KEY by_product (product_id),
  CONSTRAINT movement_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE TABLE reviews (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  product_id INT UNSIGNED NOT NULL,
  customer_id INT UNSIGNED NULL,
  stars TINYINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  written_at DATETIME(2) NOT NULL,
  UNIQUE KEY one_review (product_id, customer_id),
  FULLTEXT KEY words (body),
  CONSTRAINT review_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
  CONSTRAINT review_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL
);
CREATE TABLE sessions (
  token BINARY(20) NOT NULL PRIMARY KEY,
  customer_id INT UNSIGNED NULL,
  started_at DATETIME(6) NOT NULL,
  data BLOB NULL
);
CREATE TABLE images (
  product_id INT UNSIGNED NOT NULL,
  position TINYINT NOT NULL,
  mime VARCHAR(20) CHARACTER SET latin1 NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  thumbnail TINYBLOB NULL,
  PRIMARY KEY (product_id, position)
);
CREATE TABLE audit_log (
  happened_at DATETIME NOT NULL,
  what VARCHAR(40) NOT NULL,
  reference BIGINT NULL,
  detail VARCHAR(200) NULL,
  KEY by_reference (reference)
) COMMENT='without a primary key';
CREATE TABLE page_hits (
  day DATE NOT NULL,
  page VARCHAR(60) NOT NULL,
  hits INT NOT NULL DEFAULT 0,
  PRIMARY KEY (day, page)
) ENGINE=MyISAM;
CREATE TABLE vouchers (
  code VARCHAR(20) CHARACTER SET latin1 NOT NULL PRIMARY KEY,
  amount DECIMAL(8,2) NOT NULL,
  text VARCHAR(80) CHARACTER SET latin1 NULL,
  valid_to TIMESTAMP NULL
);
CREATE TABLE campaigns (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(60) NOT NULL,
  score DOUBLE NULL,
  created_at TIMESTAMP NULL
);
CREATE VIEW open_orders AS
  SELECT o.id, o.number, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id
  WHERE o.status = 'open';
CREATE VIEW cheap_products AS SELECT id, sku, name, price FROM products WHERE price < 20;
DELIMITER //
CREATE TRIGGER payment_audit AFTER INSERT ON payments FOR EACH ROW
BEGIN
  INSERT INTO audit_log VALUES (NEW.paid_at, 'payment', NEW.order_id, CONCAT(NEW.method, ' ', NEW.amount));
END//
CREATE FUNCTION net(gross DECIMAL(12,4), rate DECIMAL(4,2)) RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL
  RETURN ROUND(gross / (1 + rate / 100), 2)//
CREATE PROCEDURE restock(IN product INT UNSIGNED, IN amount INT)
  MODIFIES SQL DATA
BEGIN
  UPDATE products SET stock = stock + amount WHERE id = product;
  INSERT INTO stock_movements (product_id, delta, reason) VALUES (product, amount, 'restock');
END//
CREATE EVENT nightly_cleanup ON SCHEDULE EVERY 1 DAY DISABLE
  DO DELETE FROM shop.sessions WHERE started_at < NOW() - INTERVAL 30 DAY//
DELIMITER ;
USE crm;
CREATE TABLE contacts (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) NOT NULL,
  company VARCHAR(80) CHARACTER SET latin1 NULL,
  tags SET('lead','partner','press') NOT NULL DEFAULT '',
  UNIQUE KEY email (email)
);
CREATE TABLE calls (
  contact_id INT NOT NULL,
  called_at DATETIME(1) NOT NULL,
  minutes DECIMAL(5,1) NOT NULL,
  summary TEXT NULL,
  PRIMARY KEY (contact_id, called_at),
  CONSTRAINT call_contact FOREIGN KEY (contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);
SQL
}

# The first stock of everything: numbers, names in several scripts, JSON, blobs of every byte value.
stock_up() {
    {
        echo "USE shop;"
        echo "INSERT INTO categories (name) VALUES ('Books'),('Garden'),('Kitchen'),('Toys 🧸'),('Büro');"
        echo "INSERT INTO categories (parent_id, name) VALUES (1,'Crime'),(1,'Poetry'),(3,'Knives');"
        local i words=(Lamp Chair Teapot Kettle Puzzle Spade Notebook Скрипка 茶碗 'Über-Stuhl')
        echo "BEGIN;"
        for i in $(seq 60); do
            roll 8; local category=$R
            roll 9000; local cents=$((R + 199))
            roll 10; local word=${words[R - 1]}
            roll 31
            echo "INSERT INTO products (sku, category_id, name, price, weight_kg, rating, stock," \
                "features, flags, model_year, attributes) VALUES ('SKU$((10000 + i))', $category," \
                "'$word $i', $((cents / 100)).$(printf %02d $((cents % 100))), $((R)).25," \
                "$((i % 5)).5, $((500 + R)), $R, $((i * 37 % 4096)), $((1990 + i % 40))," \
                "'{\"colour\": \"#$(printf %06x $((cents * 1234 % 16777216)))\", \"sizes\": [$i, $R], \"name\": \"$word\"}');"
            echo "INSERT INTO images SELECT $i, 1, 'image/png'," \
                "REPEAT(UNHEX(SHA2('image $i', 512)), $((R + 2))), UNHEX(SHA1('thumbnail $i'));"
        done
        echo "COMMIT;"
        echo "UPDATE images SET bytes = UNHEX(CONCAT($(printf "'%02x'," $(seq 0 254)) 'ff')) WHERE product_id = 7;"
        echo "BEGIN;"
        local names=('Zoë Krüger' 'Ana Ibáñez' '李雷' 'Olga Смирнова' "Pat O''Neill" 'Sam 🚲 Rider' 'Max Mustermann')
        for i in $(seq 45); do
            roll 7; local name=${names[R - 1]}
            roll 28; local day=$R
            echo "INSERT INTO customers (email, name, phone, birthday, level, newsletter, credit, created_at)" \
                "VALUES ('user$i@example.org', '$name', '+49 30 $((100000 + i * 7919 % 899999))'," \
                "'$((1950 + i))-0$((i % 9 + 1))-$(printf %02d "$day")', $((i % 3 + 1)), $((i % 2)), $i.$((100 + i))," \
                "'2024-02-$(printf %02d "$day") 10:11:12.$((100000 + i))');"
            echo "INSERT INTO addresses (customer_id, kind, street, zip, city) VALUES" \
                "(LAST_INSERT_ID(), 'bill', 'Hauptstraße $i', '$((10000 + i))', 'Köln');"
            ((i % 3)) || echo "INSERT INTO addresses (customer_id, kind, street, zip, city) VALUES" \
                "($i, 'ship', 'Lager $i', '$((20000 + i))', 'Łódź');"
        done
        echo "COMMIT;"
        echo "INSERT INTO vouchers VALUES ('WELCOME', 5, 'five off', NULL), ('SPRING', 10, NULL, NULL);"
        echo "USE crm;"
        for i in $(seq 12); do
            echo "INSERT INTO contacts (email, company, tags) VALUES ('press$i@example.net', 'Café n° $i', $((i % 8)));"
            echo "INSERT INTO calls VALUES ($i, '2024-02-01 09:00:0$((i % 10)).5', $i.5, 'first call 📞');"
        done
    } | sql
}

# One order: several tables in one transaction.
place_order() {
    roll 44; local customer=$R
    roll 60; local product=$R
    roll 4; local quantity=$R
    roll 3; local method=$R
    order=$((order + 1))
    local number
    number=$(printf 'A%07d' "$order")
    cat <<SQL
BEGIN;
INSERT INTO orders (number, customer_id, deliver_at, note, meta) VALUES
  ('$number', $customer, '$((8 + quantity)):30:00.$((order % 100))', NULLIF('note to $order 🎁', 'note to ${order}0 🎁'),
   '{"agent": "web/$quantity", "coupon": null, "lines": 2}');
SET @order = LAST_INSERT_ID();
INSERT INTO order_items SELECT @order, 1, id, $quantity, price FROM products WHERE id = $product;
INSERT INTO order_items SELECT @order, 2, id, 1, price FROM products WHERE id = $((product % 60 + 1));
UPDATE orders SET total = (SELECT SUM(quantity * price) FROM order_items WHERE order_id = @order) WHERE id = @order;
UPDATE products SET stock = stock - $quantity WHERE id = $product;
INSERT INTO stock_movements (product_id, delta, reason) VALUES ($product, -$quantity, 'order $number'), ($((product % 60 + 1)), -1, 'order $number');
INSERT INTO payments (order_id, method, amount, token, paid_at)
  SELECT id, $method, total, UNHEX(SHA2(number, 256)), '2024-03-01 12:00:00.$((order % 1000))' FROM orders WHERE id = @order;
COMMIT;
SQL
}

# What goes on whether there are orders or not.
browse() {
    roll 60; local product=$R
    roll 44; local customer=$R
    roll 5; local stars=$R
    visit=$((visit + 1))
    cat <<SQL
INSERT INTO sessions VALUES (UNHEX(SHA1('visit $visit')), NULLIF($customer, 13), '2024-03-01 08:00:00.$((visit % 1000000))', REPEAT(CHAR($visit % 256, 0, 255), $stars));
INSERT INTO reviews (product_id, customer_id, stars, body, written_at) VALUES
  ($product, $customer, $stars, 'Review $visit: ${stars} of 5 ⭐ "quoted" \\\\ back''s', '2024-03-01 09:10:11.$((visit % 100))')
  ON DUPLICATE KEY UPDATE stars = VALUES(stars), body = CONCAT(body, ' / again $visit');
SQL
    case $((visit % 6)) in
        0) echo "DELETE FROM sessions WHERE customer_id = $customer ORDER BY token LIMIT 2;" ;;
        1) echo "UPDATE customers SET credit = credit + 0.125, level = $((stars % 3 + 1)) WHERE id = $customer;"
            echo "UPDATE addresses SET street = CONCAT('Allee ', $visit) WHERE customer_id = $customer;" ;;
        2) echo "CALL restock($product, $((stars * 10)));" ;;
        3) echo "REPLACE INTO page_hits VALUES ('2024-03-01', 'product/$product', $visit);" ;;
        4) echo "INSERT INTO crm.calls VALUES ($((customer % 12 + 1)), '2024-03-01 10:00:00' + INTERVAL $visit MINUTE, 1.5, NULL);" ;;
        5) echo "UPDATE products SET rating = rating / 3, attributes = JSON_SET(attributes, '$.seen', $visit) WHERE id = $product;" ;;
    esac
}

order=0
visit=0
orders() {
    local i
    # Not in a pipe: the counters live in this shell.
    for i in $(seq "$1"); do place_order; browse; done >"$work/batch.sql"
    sql shop <"$work/batch.sql"
}
visits() {
    local i
    for i in $(seq "$1"); do browse; done >"$work/batch.sql"
    sql shop <"$work/batch.sql"
}

# Statements whose effect hangs on the session: nothing but their text and its context is in the log.
statement_traffic() {
    sql shop <<'SQL'
SET SESSION binlog_format = STATEMENT;
SET @factor = 3, @name = 'spring 🌷', @share = 12.375, @nothing = NULL;
INSERT INTO campaigns (name, score, created_at) VALUES (@name, @factor * @share, NOW());
INSERT INTO campaigns (name, score, created_at) VALUES (CONCAT(@name, ' ', LAST_INSERT_ID()), @nothing, NOW());
SET rand_seed1 = 1234567, rand_seed2 = 7654321;
UPDATE campaigns SET score = FLOOR(RAND() * 1000) WHERE id = 1;
SET SESSION time_zone = '+02:00';
INSERT INTO campaigns (name, score, created_at) VALUES ('east', 1, NOW()), ('noon', 2, '2024-03-01 12:00:00');
UPDATE campaigns SET created_at = '2024-03-02 00:30:00' WHERE name = 'east' AND created_at > '2024-01-01';
SET SESSION time_zone = DEFAULT;
SET SESSION auto_increment_increment = 10, auto_increment_offset = 3;
INSERT INTO campaigns (name) VALUES ('step a'), ('step b'), ('step c');
SET SESSION auto_increment_increment = DEFAULT, auto_increment_offset = DEFAULT;
SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES';
INSERT INTO "campaigns" ("name", "score") VALUES ('ansi ' || 'quotes \n', 1);
UPDATE "campaigns" SET "name" = "name" || '!' WHERE "id" = 2;
SET SESSION sql_mode = 'ANSI_QUOTES,ORACLE';
INSERT INTO "campaigns" ("name", "score") VALUES ('oracle ' || 'mode', 1);
SET SESSION sql_mode = '';
INSERT INTO campaigns (name, score) VALUES (REPEAT('too long ', 20), 'abc');
SET SESSION sql_mode = DEFAULT;
INSERT INTO payments (order_id, method, amount, token, paid_at) VALUES (1, 'voucher', 5, 'token by statement', '2024-03-01 13:00:00');
CALL restock(3, 30);
UPDATE products SET price = net(price * 1.19, 19.00) WHERE id BETWEEN 10 AND 20;
INSERT INTO audit_log SELECT NOW(), 'stocktake', id, CONCAT('stock ', stock) FROM products WHERE id <= 15;
INSERT INTO page_hits VALUES ('2024-03-02', 'home', 1) ON DUPLICATE KEY UPDATE hits = hits + 1;
BEGIN;
UPDATE customers SET credit = credit * 1.01 WHERE level = 'gold';
SAVEPOINT generous;
UPDATE customers SET credit = credit + 1000;
ROLLBACK TO SAVEPOINT generous;
INSERT INTO vouchers VALUES ('SAVEPOINT', 1, NULL, '2025-01-01 00:00:00');
COMMIT;
BEGIN;
INSERT INTO vouchers VALUES ('UNDONE', 1, NULL, NULL);
INSERT INTO page_hits VALUES ('2024-03-02', 'kept in spite of the rollback', 1);
ROLLBACK;
SET foreign_key_checks = 0;
INSERT INTO reviews (product_id, customer_id, stars, body, written_at) VALUES (9, 9999, 1, 'orphan', '2024-03-01');
SET foreign_key_checks = 1;
DELETE FROM reviews WHERE customer_id = 9999;
SQL
    printf 'SET NAMES latin1; SET SESSION binlog_format = STATEMENT;
INSERT INTO vouchers VALUES ("CAF\xc9", 2.50, "un caf\xe9 offert", NULL);
UPDATE customers SET name = "Andr\xe9 Fran\xe7ois" WHERE id = 12;\n' | sql shop
}

mixed_traffic() {
    sql shop <<'SQL'
SET SESSION binlog_format = MIXED;
UPDATE customers SET newsletter = b'1' WHERE birthday < '1980-01-01';
INSERT INTO campaigns (name, score, created_at) SELECT CONCAT('for ', name), id, NOW() FROM categories ORDER BY id;
INSERT INTO campaigns (name, created_at) VALUES (UUID(), SYSDATE());
UPDATE products SET stock = stock + 5 WHERE id < 10 ORDER BY id LIMIT 3;
SET @cheap = (SELECT MIN(price) FROM products);
UPDATE products p JOIN categories c ON c.id = p.category_id
  SET p.price = p.price + 0.01, c.name = CONCAT(c.name, '') WHERE c.name = 'Garden' AND p.price > @cheap;
DELETE s, h FROM sessions s JOIN page_hits h ON h.hits = 3 WHERE s.customer_id = 3;
DELETE FROM customers WHERE id = 45 AND NOT EXISTS (SELECT 1 FROM orders WHERE customer_id = 45);
INSERT IGNORE INTO vouchers VALUES ('WELCOME', 9, NULL, NULL), ('MIXED', 9, NULL, NULL);
REPLACE INTO vouchers VALUES ('SPRING', 11, 'eleven', NULL);
SQL
}

harmless_ddl() {
    sql shop <<'SQL'
ALTER TABLE orders ADD COLUMN channel VARCHAR(10) NOT NULL DEFAULT 'web' AFTER status;
CREATE INDEX by_method ON payments (method, paid_at);
CREATE TABLE campaigns_new LIKE campaigns;
INSERT INTO campaigns_new SELECT * FROM campaigns WHERE score IS NOT NULL;
CREATE TABLE best_sellers (PRIMARY KEY (product_id)) SELECT product_id, SUM(quantity) AS sold FROM order_items GROUP BY product_id;
RENAME TABLE campaigns TO campaigns_old, campaigns_new TO campaigns;
CREATE OR REPLACE VIEW cheap_products AS SELECT id, sku, name, price FROM products WHERE price < 30;
CREATE VIEW short_lived AS SELECT 1 AS one;
DROP VIEW short_lived;
ALTER TABLE vouchers MODIFY text VARCHAR(120) CHARACTER SET latin1 NULL, ALGORITHM=COPY;
CREATE USER 'shop_app'@'%' IDENTIFIED BY 'correct-horse-battery';
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO 'shop_app'@'%';
SET PASSWORD FOR 'shop_app'@'%' = PASSWORD('staple-and-lasting');
ALTER EVENT nightly_cleanup ON SCHEDULE EVERY 2 DAY;
CREATE OR REPLACE PROCEDURE retag() UPDATE crm.contacts SET tags = 'press' WHERE id = 1;
CALL retag();
SQL
}

xa_rollback() {
    sql shop <<'SQL'
XA START 'basket-1';
UPDATE products SET stock = stock - 100 WHERE id = 5;
XA END 'basket-1';
XA PREPARE 'basket-1';
XA ROLLBACK 'basket-1';
XA START 'basket-2','branch',3;
UPDATE products SET stock = stock - 2 WHERE id = 6;
INSERT INTO audit_log VALUES ('2024-03-01 11:00:00', 'xa', 2, 'prepared and committed');
XA END 'basket-2','branch',3;
XA PREPARE 'basket-2','branch',3;
XA COMMIT 'basket-2','branch',3;
SQL
}

xa_prepare() { # NAME PRODUCT
    sql shop <<SQL
XA START '$1';
UPDATE products SET stock = stock - 7 WHERE id = $2;
INSERT INTO audit_log VALUES ('2024-03-01 11:00:00', 'xa', $2, '$1');
XA END '$1';
XA PREPARE '$1';
SQL
}

minimal_images() {
    sql shop <<'SQL'
SET SESSION binlog_row_image = MINIMAL;
UPDATE products SET stock = stock + 1 WHERE id BETWEEN 30 AND 33;
UPDATE customers SET phone = NULL WHERE id IN (20, 21);
DELETE FROM addresses WHERE kind = 'ship' AND customer_id > 40;
SET SESSION binlog_row_image = NOBLOB;
UPDATE images SET mime = 'image/jpeg' WHERE product_id < 5;
SQL
}

next_file() { sql -e 'FLUSH BINARY LOGS'; }

tables() {
    value "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables
        WHERE table_schema IN ('shop', 'crm') AND table_type = 'BASE TABLE' ORDER BY 1"
}

# The state of every table now: expected/NAME.json, and the rows of shop.addresses, whose virtual
# column makes CHECKSUM TABLE unsteady.
state() {
    local name=$1 table rows checksum next lines=() counters=()
    for table in $(tables); do
        rows=$(value "SELECT COUNT(*) FROM $table")
        checksum=null
        if [[ $table == shop.addresses ]]; then
            value "SELECT HEX(customer_id), HEX(kind), HEX(street), HEX(zip), HEX(city) FROM $table
                ORDER BY customer_id, kind" >"$out/expected/$name.$table.hex"
        else
            checksum=$(value "CHECKSUM TABLE $table EXTENDED")
            checksum="\"${checksum##*$'\t'}\""
        fi
        lines+=("{\"table\":\"$table\",\"rows\":$rows,\"checksum\":$checksum}")
        next=$(value "SELECT auto_increment FROM information_schema.tables WHERE
            CONCAT(table_schema, '.', table_name) = '$table' AND auto_increment IS NOT NULL")
        [[ -z $next ]] || counters+=("\"$table\":$next")
    done
    {
        echo '{"format":1,"tables":['
        join "${lines[@]}"
        echo '],"autoIncrement":{'
        join "${counters[@]}"
        echo '}}'
    } >"$out/expected/$name.json"
}
join() {
    while [[ $# -gt 1 ]]; do echo "$1,"; shift; done
    echo "$1"
}

utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

incidents=()
# One incident in a quiet of more than two seconds: incident NAME KIND TABLE DATABASE STATEMENT
incident() {
    local name=$1 kind=$2 table=$3 database=$4 statement=$5 file offset end gtid stamp type
    state "$name-before"
    read -r file offset _ < <(value 'SHOW MASTER STATUS')
    sleep 3
    sql "$database" -e "$statement"
    read -r _ end _ < <(value 'SHOW MASTER STATUS')
    gtid=$(value 'SELECT @@gtid_binlog_pos')
    state "$name-after"
    type=$(value "SHOW BINLOG EVENTS IN '$file' FROM $offset LIMIT 1" | cut -f 3)
    [[ $type == Gtid ]] || { echo "record.sh: $file:$offset is $type, not Gtid" >&2; exit 2; }
    stamp=$(od -An -tu4 -j "$offset" -N 4 "$work/data/$file" | tr -d " ")
    incidents+=("$(printf '{"name":"%s","kind":"%s","table":"%s","database":"%s","statement":"%s","id":"%s","end":"%s","gtid":"%s","timestamp":"%s","until":"%s","untilAfter":"%s"}' \
        "$name" "$kind" "$table" "$database" "$statement" "$file:$offset" "$file:$end" "$gtid" \
        "$(utc "$stamp")" "$(utc $((stamp - 1)))" "$(utc $((stamp + 2)))")")
    sleep 3
}

dump() {
    mariadb-dump --no-defaults -uroot -S "$work/sock" --single-transaction --master-data=2 --gtid \
        --routines --events --triggers --databases shop crm | zstd -q -19 >"$out/backup.sql.zst"
}
physical_backup() {
    mariadb-backup --no-defaults --backup -uroot -S "$work/sock" --datadir="$work/data" \
        --target-dir="$work/backup" >"$work/backup.log" 2>&1 || { tail "$work/backup.log" >&2; exit 2; }
    tar -C "$work/backup" --sort=name --owner=0 --group=0 --numeric-owner -cf - . |
        zstd -q -19 --long >"$out/backup.tar.zst"
}

start_server
slim_data
schema
stock_up
orders 25
statement_traffic
dump
orders 15
minimal_images
physical_backup
orders 10
next_file

mixed_traffic
visits 10
incident delete-reviews delete-all shop.reviews shop 'DELETE FROM shop.reviews'
orders 15
xa_rollback
xa_prepare 'across-files' 8
next_file

sql shop -e "XA COMMIT 'across-files'"
harmless_ddl
orders 15
incident truncate-stock truncate-table shop.stock_movements '' 'TRUNCATE shop.stock_movements'
orders 10
next_file

orders 20
visits 10
incident drop-orders drop-table shop.orders shop 'DROP TABLE `orders`'
visits 15
statement_traffic_again() {
    sql shop <<'SQL'
SET SESSION binlog_format = STATEMENT;
UPDATE customers SET credit = credit + 0.5 WHERE level = 'silver';
SET @who = 'user7@example.org';
UPDATE customers SET level = 'gold' WHERE email = @who;
INSERT INTO crm.contacts (email, company) SELECT CONCAT('new-', id, '@example.net'), name FROM shop.customers WHERE id < 4 ORDER BY id;
SQL
}
statement_traffic_again
next_file

visits 10
incident zero-prices update-all shop.products shop 'UPDATE products SET price=0'
visits 10
next_file

visits 10
incident drop-phone drop-column shop.customers shop 'ALTER TABLE customers DROP COLUMN phone'
visits 10
xa_prepare 'never-decided' 59
next_file

visits 5
state end
{
    echo '{"format":1,"incidents":['
    join "${incidents[@]}"
    echo ']}'
} >"$out/incidents.json"
cp "$work"/data/shop-bin.0* "$work/data/shop-bin.index" "$out/binlogs/"
sql -e SHUTDOWN
wait "$server_pid"
server_pid=
# The last file again: only now it is closed.
cp "$work"/data/shop-bin.0* "$out/binlogs/"
chmod 644 "$out"/binlogs/*
for path in expected binlogs incidents.json backup.sql.zst backup.tar.zst; do
    rm -rf "${output:?}/$path"
    mkdir -p "$output"
    cp -r "$out/$path" "$output/$path"
done
du -sk "$output" >&2
