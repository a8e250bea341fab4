#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""pcap-echo.py make FILE COUNT | check SENT GOT LOST - frames for a port that echoes.

`make` writes frames of many lengths, each numbered and filled at random.
`check` is content with GOT if it holds every frame of SENT once, in order, bit
for bit, but for its two MAC addresses, which are swapped, and for exactly LOST
frames that are missing.
"""

import random
import struct
import sys

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
LENGTHS = (60, 61, 64, 127, 128, 129, 590, 1000, 1513, 1514)
# Local experimental EtherType: no stack on the way has an opinion on it.
HEADER = bytes.fromhex("020000000001" "020000000002" "88b5")


def make(path, count):
    rng = random.Random(1)
    with open(path, "wb") as out:
        out.write(FILE_HEADER)
        for nr in range(count):
            length = rng.choice(LENGTHS)
            body = rng.randbytes(length - len(HEADER) - 4)
            out.write(struct.pack("<IIII", 0, nr, length, length))
            out.write(HEADER + struct.pack(">I", nr) + body)


def frames(path):
    with open(path, "rb") as capture:
        data = capture.read()
    at = len(FILE_HEADER)
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        yield data[at + 16 : at + 16 + length]
        at += 16 + length


def check(sent_path, got_path, lost):
    waiting = iter([f[6:12] + f[0:6] + f[12:] for f in frames(sent_path)])
    got = list(frames(got_path))
    missing = 0
    for nr, have in enumerate(got):
        for want in waiting:
            if want == have:
                break
            missing += 1
        else:
            sys.exit(f"frame {nr} that came back was not sent, or comes too late")
    missing += sum(1 for _ in waiting)
    if missing != lost:
        sys.exit(f"{missing} frames are missing, {len(got)} came back, {lost} were dropped")


def main():
    match sys.argv[1:]:
        case ["make", path, count]:
            make(path, int(count))
        case ["check", sent, got, lost]:
            check(sent, got, int(lost))
        case _:
            sys.exit(__doc__)


main()
