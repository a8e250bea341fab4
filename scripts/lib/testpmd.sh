# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# testpmd.sh - DPDK's testpmd as a driver (net_virtio_user) and as a back end
# (net_vhost): start it, tell it things, read what it counts. Needs run.sh.
#
# Each has a name, a fifo NAME.in for commands and a log NAME.log in the run's
# directory. All its threads stand on one CPU: the main thread sleeps in front of
# its prompt, the other one polls.
#
#	testpmd_start driver 0 --vdev net_virtio_user0,path="$socket" -- --burst=64
#	testpmd_tell driver "start tx_first"
#	testpmd_stop driver

declare -A TESTPMD_PID=() TESTPMD_FD=() TESTPMD_MARK=()
# Set to 1 if there are hugepages for it.
TESTPMD_HUGE=${TESTPMD_HUGE:-}
TESTPMD_MEMORY_MB=${TESTPMD_MEMORY_MB:-128}

# testpmd_start NAME CPU EAL-OPTION... -- OPTION...: returns when it has its ports
# and its prompt. Those of a driver wait for the back end.
testpmd_start()
{
	local name=$1 cpu=$2 memory fd
	shift 2
	if [ -n "$TESTPMD_HUGE" ]; then
		# One file a segment list: a front end can tell of 8 regions only.
		memory=(--in-memory --single-file-segments -m "$TESTPMD_MEMORY_MB")
	else
		memory=(--no-huge -m "$TESTPMD_MEMORY_MB")
	fi
	# An old log would say that it is ready.
	rm -f "$RUN_DIR/$name.in" "$RUN_DIR/$name.log"
	mkfifo "$RUN_DIR/$name.in"
	# stdbuf: what it prints is read while it runs.
	# shellcheck disable=SC2016 # expanded by the shell that becomes testpmd
	run_start "$RUN_DIR/$name.log" \
		bash -c 'commands=$1; shift; exec "$@" <"$commands"' - "$RUN_DIR/$name.in" \
		taskset -c "$cpu" stdbuf -oL dpdk-testpmd --lcores "0@$cpu,1@$cpu" --no-pci \
		--no-telemetry --file-prefix "$name" "${memory[@]}" "$@"
	TESTPMD_PID[$name]=$RUN_PID
	# Asked to end in the midst of traffic it often does not come to an end. It
	# holds nothing that would outlive it but its sockets.
	run_without_grace "$RUN_PID"
	# For reading too, so that neither end waits for the other to open it.
	exec {fd}<>"$RUN_DIR/$name.in"
	TESTPMD_FD[$name]=$fd
	run_until 30 testpmd_ready_or_dead "$name" && testpmd_ready "$name" && return
	testpmd_failed "$name" "did not start"
}

# A port that is refused does not end it.
testpmd_ready()
{
	grep -qs 'testpmd> ' "$RUN_DIR/$1.log" && ! grep -qs 'probe failed' "$RUN_DIR/$1.log"
}

testpmd_ready_or_dead()
{
	grep -qs 'testpmd> ' "$RUN_DIR/$1.log" || run_dead "${TESTPMD_PID[$1]}"
}

testpmd_failed()
{
	printf '%s: testpmd %s. It said:\n' "$1" "$2" >&2
	tail -n 20 "$RUN_DIR/$1.log" >&2
	return 1
}

# testpmd_tell NAME COMMAND...
testpmd_tell()
{
	local name=$1
	shift
	printf '%s\n' "$@" >&"${TESTPMD_FD[$name]}"
}

testpmd_stop()
{
	local fd=${TESTPMD_FD[$1]:-}

	[ -n "${TESTPMD_PID[$1]:-}" ] || return 0
	run_stop "${TESTPMD_PID[$1]}"
	[ -z "$fd" ] || exec {fd}>&-
	unset "TESTPMD_PID[$1]" "TESTPMD_FD[$1]"
}

### What it counts ##########################################################

# What is said from here on is what the functions below look at.
testpmd_mark()
{
	TESTPMD_MARK[$1]=$(stat -c %s "$RUN_DIR/$1.log")
}

testpmd_said()
{
	tail -c "+$((TESTPMD_MARK[$1] + 1))" "$RUN_DIR/$1.log"
}

# testpmd_wait_for NAME COUNT PATTERN: until lines with it are that many.
testpmd_wait_for()
{
	run_until 5 testpmd_has_said "$@" && return
	testpmd_failed "$1" "did not answer"
}

testpmd_has_said()
{
	[ "$(testpmd_said "$1" | grep -cE "$3")" -ge "$2" ]
}

# Million frames a second that all ports have received between the last two times
# that it was told `show port stats all`. testpmd measures the time between them.
testpmd_received_mpps()
{
	testpmd_said "$1" | awk '
		/NIC statistics for port/ { port = $6 }
		/Rx-pps:/ { pps[port] = $2 }
		END { for (port in pps) sum += pps[port]; print sum / 1e6 }'
}

# Percent of the time between the first and the last `show fwd stats all` that bursts
# were in hand; the time is that of `show port stats all`, told along with it.
testpmd_busy_percent()
{
	testpmd_said "$1" | awk '
		/NIC statistics for port/ { port = $6 }
		/RX-packets:/ && port != "" { if (!(port in first)) first[port] = $2; last[port] = $2 }
		/Rx-pps:/ { pps[port] = $2; port = "" }
		match($0, /total cycles=[0-9]+/) {
			cycles = substr($0, RSTART + 13, RLENGTH - 13)
			if (start == "") start = cycles
			hz = $(NF - 2) * 1e6
		}
		END {
			for (port in pps) if (pps[port] > 0) seconds = (last[port] - first[port]) / pps[port]
			if (seconds > 0) print (cycles - start) / hz / seconds * 100
		}'
}

# Cycles a packet between the first and the last `show fwd stats all`: the sums
# are subtracted. `clear fwd stats all` would be simpler, but it stores zeros under
# the hands of the thread that counts.
testpmd_cycles()
{
	testpmd_said "$1" |
		sed -nE 's/.*total cycles=([0-9]+) .*packets=([0-9]+)\).*/\1 \2/p' | awk '
		NR == 1 { cycles = $1; packets = $2 }
		END { if ($2 > packets) print ($1 - cycles) / ($2 - packets) }'
}
