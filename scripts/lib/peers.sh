# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# peers.sh - a driver and a back end for frames as fast as they go: what pair, echo
# and source have in common.
#
# The driver is testpmd with one virtio_user port or two, the same for all peers, on
# a CPU of its own; the back end is vringd, testpmd with net_vhost, or Open vSwitch
# with DPDK, on the other. A sample is a window of steady traffic, and of it:
#
#   mpps     frames that the driver received, on all ports, by its own count
#   cycles   of the back end for a packet, over bursts that were not empty
#   busy     percent of the window that the driver had packets in its hands; near
#            100 it is the driver that is measured
#   waited   percent of the window that their threads were kept from their CPUs by
#            something else
#
# What is a packet is the same for all: a frame that goes from one guest to another,
# or back, is one, not two. testpmd counts what it received and sent on once
# (`packets` of `show fwd stats all`). A worker of vringd counts a frame when it takes
# it from the sender, since the copy into the receiver is part of that
# (guest_tx_poll), and nothing more at the receiver, which has nothing to poll; the
# frames of a `source` it counts when they are delivered. Open vSwitch counts what
# its PMD received.
#
# What is a cycle: in testpmd those from before a receive that brings something to
# after the send. In vringd those of a turn over all pairs in which a frame crossed,
# so that the look at a pair that has none is counted if the other has; watchdog and
# counters too. Open vSwitch does as vringd (`processing cycles`). What an empty turn
# costs is counted by none.
#
# The program that sources this says, before peers_case:
#
#   PEERS_PORTS           of the driver, and guests of the back end: 1 or 2
#   PEERS_TESTPMD_MODE    what testpmd does as a back end
#   PEERS_DRIVER_MODE     and as the driver
#   PEERS_DRIVER_START    the command by which the driver begins
#   PEERS_VRINGD          options of vringd, beside the ports vm0 and vm1
#   PEERS_VRINGD_POLL     how it polls
#   PEERS_STALL_AFTER     ms: the turns of others are shorter, so that a guest who stood
#                         still meanwhile is not found to stall, forced, and written about
#   PEERS_TESTPMD_TELL    commands for testpmd as a back end, before it starts
#
# where SIZE stands for the length of a frame. Who has another driver (events.sh) uses
# the back ends alone, and says in PEERS_DRIVER_TOLD what it is.

PEERS_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/run.sh
. "$PEERS_LIB/run.sh"
# shellcheck source=scripts/lib/vringd.sh
. "$PEERS_LIB/vringd.sh"
# shellcheck source=scripts/lib/testpmd.sh
. "$PEERS_LIB/testpmd.sh"
# shellcheck source=scripts/lib/ovs.sh
. "$PEERS_LIB/ovs.sh"
# shellcheck source=scripts/lib/bench.sh
. "$PEERS_LIB/bench.sh"

PEERS_PORTS=2
PEERS_TESTPMD_MODE=io
PEERS_DRIVER_MODE=io
PEERS_DRIVER_START="start tx_first"
PEERS_DRIVER_TOLD=
PEERS_VRINGD=()
PEERS_VRINGD_POLL=always
PEERS_STALL_AFTER=30000
PEERS_TESTPMD_TELL=()
PEERS_BURST=64
PEERS_WINDOW=1

# shellcheck disable=SC2034 # for whoever sources this
PEERS_LAYOUTS=("split mergeable" "split vectorized in-order" packed)
declare -A PEERS_DEVICE=(
	["split mergeable"]="packed_vq=0,mrg_rxbuf=1,in_order=0"
	["split vectorized in-order"]="packed_vq=0,mrg_rxbuf=0,in_order=1,vectorized=1"
	[packed]="packed_vq=1,mrg_rxbuf=1,in_order=0"
)

# Percent of a window above the least there was, from which on a sample is taken anew,
# this many times at most. Some machines take a part at all times.
PEERS_WAITED_MAX=3
PEERS_WAITED_LEAST=100
PEERS_TRIES=3

# peers_main NAME FUNCTION: the whole of a benchmark, when its options are read;
# FUNCTION runs the cases.
peers_main()
{
	vringd_need_build
	bench_need_limit
	! peers_has ovs || ovs_installed ||
		peers_without_ovs "there is none with DPDK; scripts/install-deps bench installs it"
	run_begin
	# Where EAL keeps its files, in all that is started.
	export RUNTIME_DIRECTORY=$RUN_DIR
	: >"$RUN_DIR/samples"
	[ -z "$BENCH_QUICK" ] || PEERS_WINDOW=0.5 PEERS_TRIES=1
	bench_choose_cpus
	bench_stay_with_driver
	# Each bridge of Open vSwitch has a tap of its name.
	! peers_has ovs || run_netns
	# Half of it would do, but others may take hugepages too while they are there.
	if bench_take_hugepages $((${#BENCH_PEERS[@]} * 4 * TESTPMD_MEMORY_MB)); then
		TESTPMD_HUGE=1
	elif peers_has ovs; then
		peers_without_ovs "it needs hugepages"
	fi
	peers_say_conditions "$1"
	"$2"
	bench_report
}

peers_has()
{
	[[ " ${BENCH_PEERS[*]} " == *" $1 "* ]]
}

# peers_without_ovs WHY: who named it wants it, for others it is left out.
peers_without_ovs()
{
	local peer kept=()

	if [ -n "$BENCH_PEERS_NAMED" ]; then
		echo "bench: no Open vSwitch: $1" >&2
		exit 2
	fi
	for peer in "${BENCH_PEERS[@]}"; do
		[ "$peer" = ovs ] || kept+=("$peer")
	done
	BENCH_PEERS=("${kept[@]}")
	echo "bench: without Open vSwitch: $1" >&2
}

peers_say_conditions()
{
	local driver="testpmd, $PEERS_DRIVER_MODE, bursts of $PEERS_BURST, '$PEERS_DRIVER_START'"

	cat <<-END
		bench $1: $BENCH_ROUNDS rounds of $PEERS_WINDOW s, ${BENCH_PEERS[*]} in turn
		driver:     ${PEERS_DRIVER_TOLD:-$driver}
		placement:  driver on CPU $BENCH_DRIVER_CPU, back end on CPU $BENCH_BACKEND_CPU
		memory:     $(bench_memory_told)
		load:       $(bench_load) before the start; 0 would be best
	END
}

# peers_case LAYOUT SIZE RING: all rounds of a case, if it is wanted.
peers_case()
{
	local name="$1, $2 B, ring $3" peer

	bench_wanted "$name" || return 0
	bench_progress "$name: start"
	for peer in "${BENCH_PEERS[@]}"; do
		peers_start "$peer" "$@"
		bench_freeze "$peer"
	done
	bench_rounds "$name" peers_measure "$2" "$3"
	peers_stop_all
}

peers_stop_all()
{
	local peer

	for peer in "${BENCH_PEERS[@]}"; do
		testpmd_stop "driver-$peer"
		"peers_stop_$peer"
		# Not all servers take theirs away, and none takes the place of an old one.
		rm -f "$RUN_DIR/$peer"-?.sock
	done
}

# peers_start PEER LAYOUT SIZE RING
peers_start()
{
	local peer=$1 size=$3

	"peers_start_$peer" "$size"
	peers_start_driver "$@"
	# The last message to the back end is not the last thing it does about it.
	sleep 0.5
	testpmd_tell "driver-$peer" "set txpkts $size" "$PEERS_DRIVER_START"
	BENCH_PIDS[$peer]+=" ${TESTPMD_PID[driver-$peer]}"
}

# Buffers are as few as will do: four rings, and what caches of the pool keep back.
# With more of them a ring of 256 would use no less cache than one of 1,024.
peers_start_driver()
{
	local peer=$1 arguments=${PEERS_DEVICE[$2]} ring=$4 devices=() port

	# Whose back end is the client of the sockets.
	[ "$peer" != ovs ] || arguments+=,server=1
	for ((port = 0; port < PEERS_PORTS; port++)); do
		devices+=(--vdev "net_virtio_user$port,path=$RUN_DIR/$peer-$port.sock,queues=1,queue_size=$ring,$arguments")
	done
	testpmd_start "driver-$peer" "$BENCH_DRIVER_CPU" "${devices[@]}" \
		-- --interactive --forward-mode="$PEERS_DRIVER_MODE" --nb-cores=1 \
		--burst="$PEERS_BURST" --txd="$ring" --rxd="$ring" --record-core-cycles \
		--total-num-mbufs=$((ring * 8))
}

### The back ends ###########################################################

# Each has: start SIZE, stop, mark start|end, cycles.

peers_start_vringd()
{
	local ports=() port

	for ((port = 0; port < PEERS_PORTS; port++)); do
		ports+=(--port "vm$port,type=vhost-user,socket=$RUN_DIR/vringd-$port.sock")
	done
	vringd_start --workers "$BENCH_BACKEND_CPU" --poll "$PEERS_VRINGD_POLL" \
		--stall-after "$PEERS_STALL_AFTER" "${ports[@]}" "${PEERS_VRINGD[@]//SIZE/$1}"
	taskset -acp "$BENCH_BACKEND_CPU" "$VRINGD_PID" >/dev/null
	BENCH_PIDS[vringd]=$VRINGD_PID
}

peers_stop_vringd()
{
	vringd_stop
}

peers_mark_vringd()
{
	vringctl --json show >"$RUN_DIR/vringd.$1"
}

peers_cycles_vringd()
{
	jq -s '[.[].workers[0]] | (.[1].busy_cycles - .[0].busy_cycles) /
		(.[1].packets - .[0].packets)' "$RUN_DIR/vringd.start" "$RUN_DIR/vringd.end"
}

peers_start_testpmd()
{
	local devices=() port

	for ((port = 0; port < PEERS_PORTS; port++)); do
		devices+=(--vdev "net_vhost$port,iface=$RUN_DIR/testpmd-$port.sock,queues=1")
	done
	testpmd_start testpmd "$BENCH_BACKEND_CPU" "${devices[@]}" \
		-- --interactive --forward-mode="$PEERS_TESTPMD_MODE" --nb-cores=1 \
		--burst="$PEERS_BURST" --record-core-cycles --total-num-mbufs=8192
	testpmd_tell testpmd "${PEERS_TESTPMD_TELL[@]//SIZE/$1}" start
	BENCH_PIDS[testpmd]=${TESTPMD_PID[testpmd]}
}

peers_stop_testpmd()
{
	testpmd_stop testpmd
}

peers_mark_testpmd()
{
	[ "$1" != start ] || testpmd_mark testpmd
	testpmd_tell testpmd "show fwd stats all"
}

peers_cycles_testpmd()
{
	testpmd_wait_for testpmd 2 "total cycles="
	testpmd_cycles testpmd
}

peers_start_ovs()
{
	ovs_start "$BENCH_BACKEND_CPU" "$RUN_DIR/ovs-0.sock" "$RUN_DIR/ovs-1.sock"
	BENCH_PIDS[ovs]=$OVS_PID
}

peers_stop_ovs()
{
	ovs_stop
}

peers_mark_ovs()
{
	ovs_counted >"$RUN_DIR/ovs.$1"
}

peers_cycles_ovs()
{
	cat "$RUN_DIR/ovs.start" "$RUN_DIR/ovs.end" | awk '
		NR == 1 { packets = $1; cycles = $2 }
		END { if ($1 > packets) print ($2 - cycles) / ($1 - packets) }'
}

### Measuring ###############################################################

# peers_measure PEER ROUND CASE. A window in which something else had one of the
# CPUs is thrown away, but not for ever: on a machine that is never quiet the last
# one counts, and the report says how many did.
peers_measure()
{
	local peer=$1 round=$2 name=$3 try waited

	bench_thaw "$peer"
	sleep 0.2
	for ((try = 0; try < PEERS_TRIES; try++)); do
		peers_window "$peer"
		waited=$(peers_waited_percent "$PEERS_BEFORE" "$PEERS_AFTER")
		peers_disturbed "$waited" || break
	done
	peers_note "$peer" "$round" "$name" || true
	bench_sample "$peer" "$round" "$name" waited "$waited"
	bench_freeze "$peer"
}

# peers_disturbed WAITED
peers_disturbed()
{
	local percent=${1%.*}

	((percent >= PEERS_WAITED_LEAST)) || PEERS_WAITED_LEAST=$percent
	((percent >= PEERS_WAITED_LEAST + PEERS_WAITED_MAX))
}

# The window is what lies between the two times that the driver shows its
# counters; it measures how long that was itself. Those of the back end are read just
# outside. Who waited for a CPU is asked just inside, when we ourselves ask for none.
peers_window()
{
	local driver=driver-$1

	testpmd_mark "$driver"
	"peers_mark_$1" start
	testpmd_tell "$driver" "show port stats all" "show fwd stats all"
	PEERS_BEFORE=$(peers_waited "$1")
	sleep "$PEERS_WINDOW"
	PEERS_AFTER=$(peers_waited "$1")
	testpmd_tell "$driver" "show port stats all" "show fwd stats all"
	testpmd_wait_for "$driver" 2 "total cycles="
	"peers_mark_$1" end
}

# What a window has brought. Nothing at all is told, and no sample: on a busy machine
# it happens, and need not be the end of a long run.
peers_note()
{
	local peer=$1 round=$2 name=$3 mpps

	mpps=$(testpmd_received_mpps "driver-$peer")
	if [ "$mpps" = 0 ]; then
		echo "bench: $peer, $name: no frame came back" >&2
		return 1
	fi
	bench_sample "$peer" "$round" "$name" mpps "$mpps"
	bench_sample "$peer" "$round" "$name" cycles "$("peers_cycles_$peer")"
	bench_sample "$peer" "$round" "$name" busy "$(testpmd_busy_percent "driver-$peer")"
}

# NOW WAITED, in ns: for how long the threads that poll were ready to run and did
# not. Of each process it is the one that has run most.
peers_waited()
{
	local pid

	echo "${EPOCHREALTIME/./}000 $(for pid in ${BENCH_PIDS[$1]}; do
		cat "/proc/$pid/task"/*/schedstat | sort -n | tail -n 1
	done | awk '{ ns += $2 } END { printf "%.0f", ns }')"
}

# Of the time of both.
peers_waited_percent()
{
	awk -v a="$1" -v b="$2" 'BEGIN {
		split(a, from); split(b, to)
		printf "%.2f\n", (to[2] - from[2]) / 2 / (to[1] - from[1]) * 100
	}'
}
