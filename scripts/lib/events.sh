# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# events.sh - a guest that sleeps, and a back end: what event and latency have in
# common, and counted in part. The back ends are those of peers.sh; the driver is
# tests/bench/event_frontend, which does as Linux's virtio_net does.
#
# A peer is a back end, or vringd-MODE: the same vringd, told before each sample to
# poll in that mode; vringd alone is as it comes, adaptive. A sample is one command to
# the front end, `run`, which has its own warm-up and tells what it saw in its window.
# Cycles of the back end are those of all packets of the run.
#
# The program that sources this says, before events_case:
#
#   EVENTS_NOTE          function PEER ROUND CASE: makes samples of what was said
#   EVENTS_OF_LIMIT      not empty if rates are worth a share of the ring copy's

EVENTS_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/peers.sh
. "$EVENTS_LIB/peers.sh"
# shellcheck source=scripts/lib/frontend.sh
. "$EVENTS_LIB/frontend.sh"

EVENTS_NOTE=
EVENTS_OF_LIMIT=
EVENTS_MS=500
EVENTS_WARM_MS=100
EVENTS_RUN=
EVENTS_SINK=0

# events_main NAME FUNCTION: the whole of a benchmark, when its options are read;
# FUNCTION runs the cases.
events_main()
{
	PEERS_DRIVER_TOLD="event_frontend, asleep until called"
	events_begin
	PEERS_WINDOW=$(events_seconds "$EVENTS_MS")
	peers_main "$@"
}

# What follows are cases of this kind.
events_begin()
{
	frontend_need_build
	PEERS_PORTS=1
	PEERS_VRINGD_POLL=adaptive
	[ -z "$BENCH_QUICK" ] || EVENTS_MS=100 EVENTS_WARM_MS=20
}

# Sets what is at the other end of the wire: echo or sink.
events_far_end()
{
	EVENTS_SINK=0
	case $1 in
	echo)
		PEERS_TESTPMD_MODE=macswap
		PEERS_VRINGD=(--port "far0,type=echo" --wire "vm0,far0")
		;;
	sink)
		EVENTS_SINK=1
		PEERS_TESTPMD_MODE=rxonly
		PEERS_VRINGD=(--port "far0,type=null" --wire "vm0,far0")
		;;
	esac
}

# events_start LAYOUT SIZE: all peers, frozen.
events_start()
{
	local back_end peer

	for back_end in $(events_back_ends); do
		"peers_start_$back_end" "$2"
		events_start_driver "$back_end" "$1"
		BENCH_PIDS[$back_end]+=" ${FRONTEND_PID[driver-$back_end]}"
	done
	for peer in "${BENCH_PEERS[@]}"; do
		BENCH_PIDS[$peer]=${BENCH_PIDS[${peer%%-*}]}
		bench_freeze "$peer"
	done
}

# A few frames to begin with: testpmd tells of no sums before there are some.
events_start_driver()
{
	local layout=()

	[ "$2" != packed ] || layout=(--packed)
	frontend_start "driver-$1" "$BENCH_DRIVER_CPU" "${layout[@]}" "$RUN_DIR/$1-0.sock"
	# The last message to the back end is not the last thing it does about it.
	sleep 0.5
	frontend_ask "driver-$1" "run rate=1000 warm=0 ms=50 sink=$EVENTS_SINK"
}

events_stop()
{
	local back_end

	for back_end in $(events_back_ends); do
		frontend_stop "driver-$back_end"
		"peers_stop_$back_end"
		rm -f "$RUN_DIR/$back_end"-?.sock
	done
}

events_back_ends()
{
	printf '%s\n' "${BENCH_PEERS[@]%%-*}" | sort -u
}

# events_case CASE SIZE WORD...: all rounds of a case, the words are the command's.
events_case()
{
	local name=$1 size=$2
	shift 2
	bench_wanted "$name" || return 0
	EVENTS_RUN="run size=$size ms=$EVENTS_MS warm=$EVENTS_WARM_MS sink=$EVENTS_SINK $*"
	bench_rounds "$name" events_measure ${EVENTS_OF_LIMIT:+"$size" 256}
}

# Is one of these cases wanted?
events_wanted()
{
	local name

	for name in "$@"; do
		! bench_wanted "$name" || return 0
	done
	return 1
}

# events_measure PEER ROUND CASE. As with peers_measure, a sample in which something
# else had a CPU is taken again.
events_measure()
{
	local peer=$1 round=$2 name=$3 try before waited

	bench_thaw "$peer"
	events_set_poll "$peer"
	sleep 0.1
	for ((try = 0; try < PEERS_TRIES; try++)); do
		before=$(peers_waited "$peer")
		events_window "${peer%%-*}"
		waited=$(peers_waited_percent "$before" "$(peers_waited "$peer")")
		peers_disturbed "$waited" || break
	done
	if [ "$(frontend_said .lost)" != 0 ]; then
		echo "bench: $peer, $name: $(frontend_said .lost) frames did not come back" >&2
	fi
	if "$EVENTS_NOTE" "$peer" "$round" "$name"; then
		bench_sample "$peer" "$round" "$name" waited "$waited"
	else
		echo "bench: $peer, $name: no frame was seen again" >&2
	fi
	bench_freeze "$peer"
}

events_set_poll()
{
	local mode=${1#*-}

	[ "${1%%-*}" = vringd ] || return 0
	[ "$mode" != vringd ] || mode=adaptive
	vringctl set "poll=$mode"
}

events_window()
{
	"peers_mark_$1" start
	[ "$1" != testpmd ] || testpmd_wait_for testpmd 1 "total cycles="
	frontend_ask "driver-$1" "$EVENTS_RUN" "$(events_seconds $((EVENTS_MS + EVENTS_WARM_MS)))"
	"peers_mark_$1" end
}

events_seconds()
{
	awk -v ms="$1" 'BEGIN { print ms / 1000 }'
}
