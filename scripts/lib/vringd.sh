# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# vringd.sh - the daemon of a run: build it, start it, ask it. Needs run.sh.

VRINGD_BIN=$RUN_BUILD/backend/vringd
VRINGCTL_BIN=$RUN_BUILD/instrumentation/vringctl/vringctl
VRINGD_PID=

vringd_build()
{
	{ [ -e "$RUN_BUILD/build.ninja" ] || meson setup "$RUN_BUILD" "$RUN_TOP"; } &&
		ninja -C "$RUN_BUILD"
}

# Tests use what is there: whoever runs them chose the build, with a sanitizer
# perhaps.
vringd_need_build()
{
	if [ ! -x "$VRINGD_BIN" ] || [ ! -x "$VRINGCTL_BIN" ]; then
		echo "${0##*/}: no vringd in $RUN_BUILD: run" \
			"'meson setup build && ninja -C build', or set VRINGD_BUILD" >&2
		exit 2
	fi
}

# vringd_start OPTION...: returns when the daemon answers.
vringd_start()
{
	run_start "$RUN_DIR/vringd.log" "$VRINGD_BIN" --control "$RUN_DIR/control.sock" \
		--state-dir "$RUN_DIR/state" "$@"
	VRINGD_PID=$RUN_PID
	run_until 20 vringd_answers_or_dead && vringd_answers && return
	echo "vringd did not start. It said:" >&2
	tail -n 20 "$RUN_DIR/vringd.log" >&2
	return 1
}

vringd_answers()
{
	vringctl version >/dev/null 2>&1
}

vringd_answers_or_dead()
{
	vringd_answers || run_dead "$VRINGD_PID"
}

vringd_stop()
{
	run_stop "$VRINGD_PID"
	VRINGD_PID=
}

# Every exit status of the client but 3 (a vring is stalled, which scripts here
# often want) is handed on.
vringctl()
{
	local status=0
	"$VRINGCTL_BIN" --control "$RUN_DIR/control.sock" "$@" || status=$?
	[ "$status" -eq 3 ] || return "$status"
}

# vringd_field PORT VRING JQ-FILTER: one value, of one vring.
vringd_field()
{
	vringctl --json vrings "$1" |
		jq -r --arg vring "$2" ".vrings[] | select(.vring == \$vring) | $3"
}

# vringd_sum PORT JQ-FILTER: a value summed over the vrings of a port.
vringd_sum()
{
	vringctl --json vrings "$1" | jq -r "[.vrings[] | $2] | add"
}

vringd_running()
{
	[ "$(vringd_field "$1" tx0 .state)" = running ] &&
		[ "$(vringd_field "$1" rx0 .state)" = running ]
}

# Resident memory of the daemon's own. The guest's, which it maps, is not its to
# leak: how much of that is resident grows as the guest's buffers wander.
vringd_rss_kib()
{
	awk '/^Rss(Anon|File):/ { kib += $2 } END { print kib }' "/proc/$VRINGD_PID/status"
}
