# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# second.sh - a second vringd as a peer of the first: another build, or in other
# circumstances. With as many guests as the first. Needs peers.sh.

declare -A SECOND_PID

# second_start PEER PROGRAM
second_start()
{
	local peer=$1 ports=() port

	for ((port = 0; port < PEERS_PORTS; port++)); do
		ports+=(--port "vm$port,type=vhost-user,socket=$RUN_DIR/$peer-$port.sock")
	done
	run_start "$RUN_DIR/$peer.log" "$2" --control "$RUN_DIR/$peer.control" \
		--state-dir "$RUN_DIR/$peer.state" --workers "$BENCH_BACKEND_CPU" \
		--poll "$PEERS_VRINGD_POLL" --stall-after "$PEERS_STALL_AFTER" \
		"${ports[@]}" "${PEERS_VRINGD[@]}"
	SECOND_PID[$peer]=$RUN_PID
	run_until 20 second_show "$peer" >/dev/null
	taskset -acp "$BENCH_BACKEND_CPU" "$RUN_PID" >/dev/null
	# shellcheck disable=SC2004,SC2034 # bench.sh reads it
	BENCH_PIDS[$peer]=$RUN_PID
}

second_stop()
{
	run_stop "${SECOND_PID[$1]}"
}

second_show()
{
	"$VRINGCTL_BIN" --control "$RUN_DIR/$1.control" --json show 2>/dev/null ||
		[ $? -eq 3 ]
}

### Short turns ##############################################################

# What differs by a percent can not be seen in samples that are seconds apart, for a
# machine changes its speed meanwhile. So a round is 20 turns of 50 ms of each peer
# (turns.py), and its sample comes from all of them. Where the memory of a process comes
# to lie is luck; everything is started anew for every few rounds.
SECOND_ROUNDS_A_LIFE=4

# second_case CASE KIND WORD...: all rounds of a case, if it is wanted. KIND_start is given
# the words and starts all peers, KIND_turns CASE FIRST ROUNDS takes samples of them, KIND_stop
# stops them.
second_case()
{
	local name=$1 kind=$2 first cnt
	shift 2

	bench_wanted "$name" || return 0
	for ((first = 1; first <= BENCH_ROUNDS; first += SECOND_ROUNDS_A_LIFE)); do
		cnt=$((BENCH_ROUNDS - first + 1))
		((cnt <= SECOND_ROUNDS_A_LIFE)) || cnt=$SECOND_ROUNDS_A_LIFE
		bench_progress "$name: from round $first of $BENCH_ROUNDS"
		"${kind}_start" "$@"
		bench_probe "$name" "$first"
		"${kind}_turns" "$name" "$first" "$cnt"
		"${kind}_stop"
	done
	bench_progress ""
}

# second_turns CASE FIRST ROUNDS: samples of all peers, which are frozen.
second_turns()
{
	local peer peers=()

	for peer in "${BENCH_PEERS[@]}"; do
		peers+=("$peer=$RUN_DIR/$peer.control:${BENCH_PIDS[$peer]// /,}")
	done
	second_take "$RUN_DIR/samples" "$@" "${peers[@]}"
}

# second_take WORD...: of turns.py.
second_take()
{
	local short=()

	[ -z "$BENCH_QUICK" ] || short=(--turns 4)
	"$PEERS_LIB/turns.py" "${short[@]}" "$@"
}
