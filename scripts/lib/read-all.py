#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""read-all.py RATE COUNT TURNS NAME=CONTROL... - reads all that a vringd counts and records,
RATE times a second, over its control socket: that of the NAME which was the last to be written
to the fifo TURNS, and of the first before that. How often it has is in the file COUNT."""

import json
import os
import select
import socket
import sys
import time

METHODS = ("port.list", "vring.list", "worker.list", "metrics", "incident.list")
TRACED = 64  # of the latest events of each vring


class Control:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb")
        self.vrings = json.loads(self.ask("vring.list"))["result"]["vrings"]

    def ask(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.lines.readline()


def read_all(control):
    for method in METHODS:
        control.ask(method)
    for vring in control.vrings:
        control.ask("trace.get", port=vring["port"], vring=vring["vring"], count=TRACED)


def whose_turn(turns, now):
    """The last name that came, or whose turn it is now."""
    if not select.select([turns], [], [], 0)[0]:
        return now
    return os.read(turns, 4096).decode().split()[-1]


def note(path, times):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"{times}\n")
    os.rename(path + ".new", path)


def main():
    rate, count = float(sys.argv[1]), sys.argv[2]
    peers = dict(peer.split("=", 1) for peer in sys.argv[4:])
    controls = {name: Control(path) for name, path in peers.items()}
    turn = next(iter(controls))
    due = time.monotonic()
    times = 0
    turns = os.open(sys.argv[3], os.O_RDONLY | os.O_NONBLOCK)
    while True:
        turn = whose_turn(turns, turn)
        read_all(controls[turn])
        times += 1
        note(count, times)
        # What it was late is not made good for.
        due = max(due + 1 / rate, time.monotonic() - 1 / rate)
        time.sleep(max(0, due - time.monotonic()))


main()
