# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# run.sh - what one run of a script owns, and how it is given back.
#
# A run has a directory for its sockets and logs, a network namespace for the
# host's end of the taps, and the processes it started. All of it is noted when
# it is made and released when the script ends, however it ends. Nothing is
# ever looked up by name: another run, or another user, may stand beside this.
#
# Sourced by scripts/demo, scripts/bench and tests/guest/*.

RUN_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for vringd.sh
RUN_BUILD=${VRINGD_BUILD:-$RUN_TOP/build}
RUN_DIR=
RUN_NETNS=
RUN_PID=
RUN_PIDS=()
# Functions that give back what else was taken, when all processes have ended.
RUN_AT_END=()
declare -A RUN_BORN=()
declare -A RUN_NO_GRACE=()

# Begin a run. Must come first, and from the main shell: a subshell's traps
# would fire too early.
run_begin()
{
	trap run_end EXIT
	# `exit` runs the EXIT trap, so that there is one way out.
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	# Short, because a UNIX socket path has 107 characters at most.
	RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/vr.XXXXXX")
}

run_end()
{
	local status=$? function

	# A second ^C must not leave half of it behind.
	trap '' HUP INT TERM
	trap - EXIT
	set +e
	run_stop_all
	for function in "${RUN_AT_END[@]}"; do
		"$function"
	done
	[ -n "$RUN_NETNS" ] && ip netns del "$RUN_NETNS" 2>/dev/null
	if [ -n "${VRINGD_KEEP:-}" ]; then
		echo "logs kept in $RUN_DIR" >&2
	else
		rm -rf "$RUN_DIR"
	fi
	exit "$status"
}

run_need_root()
{
	if [ "$(id -u)" -ne 0 ]; then
		echo "${0##*/}: needs root, for taps and a network namespace of its own" >&2
		exit 2
	fi
}

# A namespace for the host's end of the taps: whatever addresses and routes
# this machine has, they cannot meet ours.
run_netns()
{
	RUN_NETNS=vr-$$
	ip netns add "$RUN_NETNS"
	ip -n "$RUN_NETNS" link set lo up
	# The daemon's measurements and the guest's pings should not meet
	# neighbour discovery that nobody asked for.
	run_in_netns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv6.conf.all.disable_ipv6=1 2>/dev/null || true
}

run_in_netns()
{
	ip netns exec "$RUN_NETNS" "$@"
}

# run_start LOG COMMAND...: in the background, inside the namespace if there is
# one; its pid is left in RUN_PID. `ip netns exec` becomes the command, so the
# pid is the command's own.
run_start()
{
	local log=$1
	shift
	if [ -n "$RUN_NETNS" ]; then
		ip netns exec "$RUN_NETNS" "$@" >"$log" 2>&1 </dev/null &
	else
		"$@" >"$log" 2>&1 </dev/null &
	fi
	RUN_PID=$!
	RUN_PIDS+=("$RUN_PID")
	RUN_BORN[$RUN_PID]=$(run_born "$RUN_PID")
	# Without this the shell would tell of each one that is killed later.
	disown "$RUN_PID"
}

# When a process was started, in ticks since boot; nothing if there is none, or
# only a zombie, which is as dead as can be.
run_born()
{
	# Counted behind the name, which may hold anything.
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

# A number is given to another process when ours has ended; that one must neither
# be waited for nor be killed.
run_alive()
{
	local born
	born=$(run_born "$1")
	[ -n "$born" ] && [ "$born" = "${RUN_BORN[$1]:-}" ]
}

run_dead()
{
	! run_alive "$1"
}

# For programs that do not listen: they are killed and not asked.
run_without_grace()
{
	RUN_NO_GRACE[$1]=1
}

# run_stop PID [SECONDS]: ask, wait, insist.
run_stop()
{
	if [ -n "${RUN_NO_GRACE[$1]:-}" ]; then
		run_kill "$1"
		return
	fi
	if run_alive "$1"; then
		kill -TERM "$1" 2>/dev/null || :
		# A process that a benchmark froze hears TERM when it is thawed; any
		# other may have ended by then.
		kill -CONT "$1" 2>/dev/null || :
	fi
	run_until "${2:-5}" run_dead "$1" || run_kill "$1"
	run_forget "$1"
}

run_kill()
{
	run_alive "$1" && kill -KILL "$1" 2>/dev/null
	run_until 5 run_dead "$1"
	run_forget "$1"
}

run_forget()
{
	local pid kept=()

	for pid in "${RUN_PIDS[@]}"; do
		[ "$pid" = "$1" ] || kept+=("$pid")
	done
	RUN_PIDS=("${kept[@]}")
}

# Last started, first stopped: guests go before the daemon they talk to.
run_stop_all()
{
	while [ "${#RUN_PIDS[@]}" -gt 0 ]; do
		run_stop "${RUN_PIDS[-1]}"
	done
}

# run_until SECONDS COMMAND...: true as soon as the command is, false when the
# time is over. The only way anything here waits.
run_until()
{
	local deadline=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.05
	done
}

# Addresses go on a tap when whoever makes it has made it.
run_tap_address()
{
	local ifname=$1 address=$2
	if ! run_until 10 ip -n "$RUN_NETNS" link show "$ifname" >/dev/null 2>&1; then
		echo "${0##*/}: nobody made the tap $ifname" >&2
		return 1
	fi
	ip -n "$RUN_NETNS" link set "$ifname" up
	ip -n "$RUN_NETNS" addr add "$address" dev "$ifname"
}
