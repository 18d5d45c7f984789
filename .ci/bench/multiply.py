#!/usr/bin/env python3
"""Makes a chain of many logs out of one, for measuring: multiply.py LOG FOLDER COPIES.

Each copy has the next numbers of GTIDs, later stamps, and checksums that fit: files of MariaDB with
one domain and CRC32. What the rows say stays.
"""
import os
import struct
import sys
import zlib

FORMAT_DESCRIPTION, ROTATE, GTID, GTID_LIST = 15, 4, 162, 163


def events(data):
    offset = 4
    while offset < len(data):
        length = struct.unpack_from("<I", data, offset + 9)[0]
        yield offset, data[offset + 4], length
        offset += length


def numbers(data):
    """The GTID number before the first transaction and the last one, the first and last stamp."""
    before, last, first_stamp, last_stamp = 0, 0, None, 0
    for offset, kind, _ in events(data):
        stamp = struct.unpack_from("<I", data, offset)[0]
        if kind == GTID_LIST and struct.unpack_from("<I", data, offset + 19)[0] & 0xFFFFFFF:
            before = struct.unpack_from("<Q", data, offset + 31)[0]
        if kind == GTID:
            last = struct.unpack_from("<Q", data, offset + 19)[0]
            first_stamp = stamp if first_stamp is None else first_stamp
            last_stamp = max(last_stamp, stamp)
    return before, last, first_stamp or 0, last_stamp


def copy(data, step, seconds, name):
    for offset, kind, length in events(data):
        stamp = struct.unpack_from("<I", data, offset)[0]
        if stamp:
            struct.pack_into("<I", data, offset, stamp + seconds)
        if kind == GTID:
            number = struct.unpack_from("<Q", data, offset + 19)[0]
            struct.pack_into("<Q", data, offset + 19, number + step)
        elif kind == GTID_LIST and struct.unpack_from("<I", data, offset + 19)[0] & 0xFFFFFFF:
            number = struct.unpack_from("<Q", data, offset + 31)[0]
            struct.pack_into("<Q", data, offset + 31, number + step)
        elif kind == ROTATE:
            data[offset + 27:offset + length - 4] = name.encode()
        end = offset + length - 4
        # The in-use flag does not count.
        flags = data[offset + 17]
        if kind == FORMAT_DESCRIPTION:
            data[offset + 17] = flags & ~1
        struct.pack_into("<I", data, end, zlib.crc32(memoryview(data)[offset:end]))
        data[offset + 17] = flags


def main(log, folder, copies):
    with open(log, "rb") as file:
        original = file.read()
    before, last, first_stamp, last_stamp = numbers(original)
    for index in range(copies):
        data = bytearray(original)
        copy(data, index * (last - before), index * (last_stamp - first_stamp + 60),
             "bin.%06d" % (index + 2))
        with open(os.path.join(folder, "bin.%06d" % (index + 1)), "wb") as file:
            file.write(data)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
