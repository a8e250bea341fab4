#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""read-all.py CONTROL RATE COUNT - reads all that vringd counts and records, RATE times a
second, over the control socket CONTROL. How often it has is in the file COUNT."""

import json
import os
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

    def ask(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.lines.readline()


def read_all(control, vrings):
    for method in METHODS:
        control.ask(method)
    for vring in vrings:
        control.ask("trace.get", port=vring["port"], vring=vring["vring"], count=TRACED)


def note(path, times):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"{times}\n")
    os.rename(path + ".new", path)


def main():
    path, rate, count = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    control = Control(path)
    vrings = json.loads(control.ask("vring.list"))["result"]["vrings"]
    due = time.monotonic()
    times = 0
    while True:
        read_all(control, vrings)
        times += 1
        note(count, times)
        # A time in which it was frozen is not made good for.
        due = max(due + 1 / rate, time.monotonic() - 1 / rate)
        time.sleep(max(0, due - time.monotonic()))


main()
