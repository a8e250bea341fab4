# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# measure.sh - pings and TCP and UDP streams between the host's end of a tap and
# a guest, as numbers. The guest runs an iperf3 server; the host measures, since
# its clock can be trusted. Needs run.sh.
#
# The results are read by whoever sourced this:
# shellcheck disable=SC2034

MEASURE_SENT=
MEASURE_RECEIVED=
MEASURE_MEDIAN_MS=
MEASURE_MAX_MS=
MEASURE_MBITS=
MEASURE_BYTES=
MEASURE_LOST_PERCENT=

# measure_ping ADDRESS COUNT INTERVAL [BURST]: sets SENT, RECEIVED, MEDIAN_MS,
# MAX_MS; the times are `-` if nothing came back. True if everything did.
measure_ping()
{
	local status=0
	run_in_netns "$RUN_TOP/scripts/lib/ping.py" "$@" >"$RUN_DIR/ping" || status=$?
	read -r MEASURE_SENT MEASURE_RECEIVED MEASURE_MEDIAN_MS MEASURE_MAX_MS <"$RUN_DIR/ping"
	return "$status"
}

# measure_tcp ADDRESS in|out SECONDS: the guest's viewpoint, so `out` is
# guest to host. Sets MBITS and BYTES, as the receiver counted them.
measure_tcp()
{
	measure_iperf "$1" "$2" -t "$3" || return 1
	MEASURE_BYTES=$(jq '.end.sum_received.bytes' "$RUN_DIR/iperf.json")
	MEASURE_MBITS=$(jq '.end.sum_received.bits_per_second / 1e6 | round' "$RUN_DIR/iperf.json")
	[ "$MEASURE_BYTES" -gt 0 ]
}

# measure_udp ADDRESS in|out SECONDS MBITS: sets MBITS and LOST_PERCENT.
measure_udp()
{
	# 1,400 bytes fit every MTU here in one packet.
	measure_iperf "$1" "$2" -u -l 1400 -t "$3" -b "$4M" || return 1
	MEASURE_MBITS=$(jq '.end.sum | .bits_per_second * (1 - .lost_percent / 100) / 1e6 | round' \
		"$RUN_DIR/iperf.json")
	MEASURE_LOST_PERCENT=$(jq '.end.sum.lost_percent * 100 | round / 100' "$RUN_DIR/iperf.json")
	[ "$MEASURE_MBITS" -gt 0 ]
}

measure_iperf()
{
	local address=$1 direction=$2 reverse=()
	shift 2
	[ "$direction" = out ] && reverse=(-R)
	# --connect-timeout: a dead guest must not cost two minutes. --foreground: ^C
	# must reach iperf3.
	run_in_netns timeout --foreground 60 iperf3 --json --connect-timeout 5000 -c "$address" \
		"${reverse[@]}" "$@" >"$RUN_DIR/iperf.json" 2>"$RUN_DIR/iperf.err" && return
	jq -r '.error // empty' "$RUN_DIR/iperf.json" >&2
	return 1
}

# measure_cpu_ms PID: what all threads of the process have used so far.
measure_cpu_ms()
{
	# Fields 14 and 15, counted behind the name, which may hold anything.
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' \
		"/proc/$1/stat"
}
