#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""guest-run.py SOCKET SECONDS COMMAND - run one command inside a guest.

Talks to scripts/lib/guest-init over the guest's second serial port. Prints
what the command printed and exits with its status; 124 if the guest did not
answer in time, as timeout(1) would.
"""

import os
import socket
import sys
import time

# The guest ends the command itself at the limit; this is how much longer we
# listen for it to say so.
GRACE_SECONDS = 5
TIMED_OUT = 124


def read_line(conn, pending, deadline):
    """The next line without its end, or None when the time is over."""
    while b"\n" not in pending:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return None
        conn.settimeout(remaining)
        try:
            chunk = conn.recv(65536)
        except socket.timeout:
            return None
        if not chunk:
            return None
        pending += chunk
    line, _, rest = bytes(pending).partition(b"\n")
    pending[:] = rest
    return line


def read_answer(conn, token, deadline):
    """(lines, status) of the request with this token, status None if late."""
    begin, end = b"<" + token, b">" + token + b" "
    pending, lines, begun = bytearray(), [], False
    while True:
        line = read_line(conn, pending, deadline)
        if line is None:
            return lines, None
        if line.startswith(end):
            return lines, int(line[len(end):])
        if begun:
            lines.append(line)
        elif line == begin:
            begun = True


def main():
    path, seconds, command = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if "\n" in command:
        sys.exit("guest-run: a command is one line")
    token = b"%08x" % int.from_bytes(os.urandom(4), "big")
    conn = socket.socket(socket.AF_UNIX)
    try:
        conn.connect(path)
    except OSError as error:
        sys.exit(f"guest-run: {path}: {error.strerror}; is the guest still running?")
    conn.sendall(b"%s %d %s\n" % (token, seconds, command.encode()))
    lines, status = read_answer(conn, token, time.monotonic() + seconds + GRACE_SECONDS)
    # The guest puts a line end of its own before the closing token.
    if lines and not lines[-1]:
        lines.pop()
    for line in lines:
        sys.stdout.buffer.write(line + b"\n")
    if status is None:
        print(f"guest-run: no answer within {seconds} s: {command}", file=sys.stderr)
        return TIMED_OUT
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
