# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# frontend.sh - guests that sleep, as a process: start it, have it do things, read
# what it saw. What it does is told in tests/bench/event_frontend.c. Needs run.sh.
#
# Each has a name, a fifo NAME.in for commands and a log NAME.log in the run's
# directory, and stands on one CPU. Between commands its guests are idle.
#
#	frontend_start driver 0 --packed "$socket"
#	frontend_ask driver "run size=64 rate=10000"
#	frontend_said .calls
#	frontend_stop driver

FRONTEND_BIN=$RUN_BUILD/tests/bench/event_frontend
FRONTEND_SAID=
declare -A FRONTEND_PID=() FRONTEND_FD=()

frontend_need_build()
{
	[ -x "$FRONTEND_BIN" ] && return
	echo "bench: no tests/bench/event_frontend in $RUN_BUILD: run" \
		"'meson setup build && ninja -C build', or set VRINGD_BUILD" >&2
	exit 2
}

# frontend_start NAME CPU [OPTION]... SOCKET...: returns when all guests are connected.
frontend_start()
{
	local name=$1 cpu=$2 fd
	shift 2
	rm -f "$RUN_DIR/$name.in" "$RUN_DIR/$name.log"
	mkfifo "$RUN_DIR/$name.in"
	# shellcheck disable=SC2016 # expanded by the shell that becomes the front end
	run_start "$RUN_DIR/$name.log" \
		bash -c 'commands=$1; shift; exec "$@" <"$commands"' - "$RUN_DIR/$name.in" \
		taskset -c "$cpu" "$FRONTEND_BIN" "$@"
	FRONTEND_PID[$name]=$RUN_PID
	# For reading too, so that neither end waits for the other to open it.
	exec {fd}<>"$RUN_DIR/$name.in"
	FRONTEND_FD[$name]=$fd
	run_until 30 frontend_answered_or_dead "$name" 1 && frontend_answered "$name" 1 && return
	frontend_failed "$name" "did not connect"
}

# frontend_ask NAME COMMAND [SECONDS]: what it answers is left for frontend_said. It is
# not looked at before SECONDS have passed, since looking takes time of its CPU.
frontend_ask()
{
	local name=$1 lines

	lines=$(($(grep -c '^{' "$RUN_DIR/$name.log") + 1))
	frontend_tell "$name" "$2"
	sleep "${3:-0}"
	if ! { run_until 20 frontend_answered_or_dead "$name" "$lines" &&
		frontend_answered "$name" "$lines"; }; then
		frontend_failed "$name" "did not answer '$2'"
		return
	fi
	FRONTEND_SAID=$(grep '^{' "$RUN_DIR/$name.log" | tail -n 1)
}

# frontend_tell NAME COMMAND: nobody waits for an answer.
frontend_tell()
{
	printf '%s\n' "$2" >&"${FRONTEND_FD[$1]}"
}

# frontend_said JQ-FILTER: of the last answer.
frontend_said()
{
	jq -r "$1" <<<"$FRONTEND_SAID"
}

# An answer is a line, whole.
frontend_answered()
{
	[ "$(grep -c '^{.*}$' "$RUN_DIR/$1.log")" -ge "$2" ]
}

frontend_answered_or_dead()
{
	frontend_answered "$@" || run_dead "${FRONTEND_PID[$1]}"
}

frontend_failed()
{
	printf '%s: the front end %s. It said:\n' "$1" "$2" >&2
	tail -n 5 "$RUN_DIR/$1.log" >&2
	return 1
}

frontend_stop()
{
	local fd=${FRONTEND_FD[$1]:-}

	[ -n "${FRONTEND_PID[$1]:-}" ] || return 0
	run_stop "${FRONTEND_PID[$1]}"
	[ -z "$fd" ] || exec {fd}>&-
	unset "FRONTEND_PID[$1]" "FRONTEND_FD[$1]"
}
