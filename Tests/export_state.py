#!/usr/bin/env python3
"""Reads exports with DuckDB and compares what they come to with what servers hold.

    export_state.py EXPORT STATE [EXPORT STATE]...

EXPORT is a folder of `lastgood export`, STATE a file of Fixtures/state.sh: the rows that the source
held at the end, their values in hexadecimal. Every view of views.sql is read, its typed values are
compared with the lines themselves, and the rows that the changes come to with those of the source.
Prints one JSON object: what was compared, and what differs; exit 1 if anything does.
"""
import base64, collections, datetime, decimal, ipaddress, json, os, re, struct, sys, uuid
import duckdb

counts = collections.Counter()
faults = []


def state_tables(path):
    """The rows of each table, and the words of each column's definition."""
    tables = {}
    for part in open(path, encoding="utf-8", errors="surrogateescape").read().split("\n\n"):
        lines = part.split("\n")
        head = re.match(r"(BASE TABLE|SYSTEM VERSIONED) (.*)$", lines[0])
        if not head:
            continue
        columns = []
        hasActions = False
        index = 1
        while index < len(lines) and not lines[index].startswith(")"):
            column = re.match(r"\s+`((?:[^`]|``)*)` (.*)$", lines[index])
            hasActions = hasActions or bool(re.search(r"ON (DELETE|UPDATE) (CASCADE|SET)", lines[index]))
            if column:
                columns.append((column[1].replace("``", "`"), column[2]))
            index += 1
        while index < len(lines) and not re.fullmatch(r"(N|[0-9A-F]*)(\t(N|[0-9A-F]*))*", lines[index]):
            index += 1
        rows = [line.split("\t") for line in lines[index:] if line != ""]
        # What a foreign key does to rows stands in no log.
        tables[head[2]] = ("with actions" if hasActions else head[1], columns, rows)
    return tables


def equal_typed(typed, raw, column):
    """Whether DuckDB's value is that of the line."""
    kind = column["type"].split("(")[0].split(" ")[0]
    if raw is None:
        return typed is None
    if typed is None:
        # What no type of DuckDB's holds: dates with zeros in them.
        return kind in ("DATE", "DATETIME", "TIMESTAMP") and bool(re.search(r"0000-|-00", raw)) \
            or kind == "DATETIME"
    if isinstance(typed, bytes):
        return base64.b64decode(raw) == bytes(typed)
    if isinstance(typed, decimal.Decimal):
        return typed == decimal.Decimal(raw)
    if isinstance(typed, float):
        return typed == raw or abs(typed - raw) <= 1e-6 * abs(raw)
    if isinstance(typed, datetime.datetime):
        text = raw.replace("T", " ").rstrip("Z")
        whole, _, fraction = text.partition(".")
        return typed.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0") == whole \
            and typed.microsecond == int((fraction + "000000")[:6])
    if isinstance(typed, datetime.date):
        return typed.isoformat() == raw
    if kind == "JSON":
        return json.loads(typed) == json.loads(raw)
    # Versions of a table that have different types meet in a text.
    return typed == raw or isinstance(typed, str) and typed == str(raw)


def number_of(value, column):
    """The number that stands behind a label, several labels or bits."""
    labels = column["labels"]
    if not labels:
        return value
    if column["type"] == "SET":
        return sum(1 << labels.index(label) for label in value.split(",") if label)
    return labels.index(value) + 1 if value in labels else 0


def bytes_of(value, column, definition):
    """The forms that a value of a line may have on the server, as HEX shows them."""
    words = definition.lower()
    if isinstance(value, int):
        return [str(value).encode(), b"%04d" % value]
    kind = column["type"].split("(")[0]
    if kind in ("TIMESTAMP", "DATETIME"):
        return [value.replace("T", " ").rstrip("Z").encode()]
    forms = []
    if column["written"] == "base64" or column.get("encoded"):
        raw = base64.b64decode(value)
        forms.append(raw)
        try:
            if words.startswith("uuid"):
                forms.append(str(uuid.UUID(bytes=raw)).encode())
            if words.startswith(("inet4", "inet6")):
                forms.append(str(ipaddress.ip_address(raw)).encode())
        except ValueError:
            pass
        return forms
    for encoding in ("utf-8", "cp1252", "latin-1"):
        try:
            forms.append(value.encode(encoding))
        except UnicodeError:
            pass
    if words.startswith("uuid"):
        forms.append(value.encode("utf-8"))
    return forms


def same(value, column, definition, wanted):
    if value is None or wanted == "N":
        return value is None and wanted == "N"
    if column["type"].split("(")[0] in ("ENUM", "SET", "BIT"):
        return number_of(value, column) == int(wanted, 16)
    stored = bytes.fromhex(wanted)
    if isinstance(value, float):
        number = float(stored)
        if column["type"].startswith("FLOAT"):
            return struct.pack("f", number) == struct.pack("f", value)
        return number == value
    if column["type"] == "JSON":
        return json.loads(stored) == json.loads(value)
    return any(form == stored for form in bytes_of(value, column, definition))


def fold(changes):
    """The rows that the changes come to; None where the images do not tell them."""
    rows = []
    for before, after in changes:
        if before is not None:
            found = next(
                (i for i, row in enumerate(rows) if all(row.get(k) == v for k, v in before.items())),
                None)
            if found is None:
                return None
            row = rows.pop(found)
            if after is not None:
                rows.append({**row, **after})
        else:
            rows.append(after)
    return rows


def compare(folder, state):
    os.chdir(folder)
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    views = open("views.sql", encoding="utf-8").read()
    connection.execute(views)
    for line in re.findall(r"^-- (COPY .* TO '(.*)' .*)$", views, re.M):
        connection.execute(line[0])
        packed = connection.execute(f"SELECT count(*) FROM '{line[1]}'").fetchone()[0]
        whole = connection.execute("SELECT count(*) " + line[0][6:line[0].rindex(") TO")]).fetchone()[0]
        counts["parquet files"] += 1
        if packed != whole:
            faults.append(f"{folder}: {line[1]} has {packed} rows of {whole}")
    document = json.load(open("schema.json", encoding="utf-8"))
    statements = connection.execute("SELECT op, ddl FROM lastgood.ddl").fetchall()
    counts["ddl"] += len(statements)
    tables = state_tables(state)
    versions = collections.Counter((t["schema"], t["table"]) for t in document["tables"])
    for table in document["tables"]:
        name = f'{table["schema"]}.{table["table"]}'
        place = f"{folder}: {name} version {table['version']}"
        view = ".".join('"' + part.replace('"', '""') + '"' for part in (table["schema"], table["table"]))
        order = 'ORDER BY "file", pos, "row"'
        typed = connection.execute(
            f'SELECT "before", "after" FROM {view} WHERE version = {table["version"]} {order}').fetchall()
        lines = connection.execute(
            f"""SELECT "before"::VARCHAR, "after"::VARCHAR, _enc::VARCHAR FROM read_json('{table["files"]}',
                format = 'newline_delimited', compression = 'zstd', columns = {{"before": 'JSON',
                "after": 'JSON', _enc: 'JSON',
                source: 'STRUCT("file" VARCHAR, pos UBIGINT, "row" UBIGINT)'}})
                ORDER BY source."file", source.pos, source."row" """).fetchall()
        if len(lines) != table["rows"] or len(typed) != table["rows"]:
            faults.append(f"{place}: {len(lines)} lines, {len(typed)} rows, told {table['rows']}")
            continue
        changes = []
        columns = table["columns"]
        isPartial = False
        for (typedBefore, typedAfter), (before, after, encoded) in zip(typed, lines):
            encodings = json.loads(encoded) if encoded else {}
            images = []
            for side, image, values in (("before", before, typedBefore), ("after", after, typedAfter)):
                image = json.loads(image) if image not in (None, "null") else None
                images.append(image)
                if image is None:
                    if values is not None:
                        faults.append(f"{place}: {values} where there is no image")
                    continue
                isPartial = isPartial or "sql" in encodings.get(side, {}).values()
                for column in columns:
                    raw = image.get(column["name"])
                    how = encodings.get(side, {}).get(column["name"])
                    if how == "base64":
                        column["encoded"] = True
                    if how == "sql":
                        continue
                    counts["values"] += 1
                    if not equal_typed(values[column["name"]], raw, column):
                        faults.append(
                            f"{place}: {column['name']} is {values[column['name']]!r}, not {raw!r}")
            changes.append(images)
        counts["changes"] += len(changes)
        # Only tables that rows alone have made what they are.
        pattern = re.compile(
            r"(?i)\b(alter|drop|truncate|rename|replace|select)\b.*\b" + re.escape(table["table"]) + r"\b",
            re.S)
        if name not in tables or isPartial or versions[(table["schema"], table["table"])] > 1 \
                or any(op == "statement" or pattern.search(ddl) for op, ddl in statements):
            counts["tables not compared"] += 1
            continue
        kind, defined, wanted = tables[name]
        rows = fold(changes)
        if kind != "BASE TABLE" or rows is None or len(defined) != len(columns) \
                or any(len(row) != len(columns) for row in rows):
            counts["tables not compared"] += 1
            continue
        counts["tables"] += 1
        if len(rows) != len(wanted):
            faults.append(f"{place}: {len(rows)} rows, the source has {len(wanted)}")
            continue
        left = list(wanted)
        for row in rows:
            values = [row[column["name"]] for column in columns]
            found = next(
                (i for i, line in enumerate(left) if len(line) == len(values) and all(
                    same(v, c, d[1], w) for v, c, d, w in zip(values, columns, defined, line))), None)
            if found is None:
                faults.append(f"{place}: the source has no row {str(row)[:300]}")
                break
            left.pop(found)
            counts["rows"] += 1


base = os.getcwd()
arguments = [os.path.join(base, argument) for argument in sys.argv[1:]]
for folder, state in zip(arguments[::2], arguments[1::2]):
    try:
        compare(folder, state)
        counts["exports"] += 1
    except Exception as error:
        faults.append(f"{folder}: {type(error).__name__}: {str(error)[:500]}")
print(json.dumps({"counts": counts, "faults": faults[:50], "faultCount": len(faults)}, ensure_ascii=False))
sys.exit(1 if faults else 0)
