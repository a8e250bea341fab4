# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# lib.sh - what the guest tests share: the bench (a daemon, a tap, a guest) and
# the checks, told as TAP does it: `ok N - sentence`. Arguments of a test are given
# to vringd: tests/guest/quiet --poll always.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/lib/run.sh
. "$top/scripts/lib/run.sh"
# shellcheck source=scripts/lib/vringd.sh
. "$top/scripts/lib/vringd.sh"
# shellcheck source=scripts/lib/guest.sh
. "$top/scripts/lib/guest.sh"
# shellcheck source=scripts/lib/measure.sh
. "$top/scripts/lib/measure.sh"

HOST_IP=10.77.0.1
GUEST_IP=10.77.0.2
TEST_CNT=0
TEST_FAILED_CNT=0
BENCH_EXCUSED=

# bench_begin [VRINGD-OPTION...]: vm0 wired to a tap in a namespace of its own.
bench_begin()
{
	run_need_root
	vringd_need_build
	run_begin
	run_netns
	guest_accel
	note "guest CPU: $(guest_accel_told)"
	vringd_start --port "vm0,type=vhost-user,socket=$RUN_DIR/vm0.sock" \
		--port "tap0,type=tap,ifname=tap0" --wire vm0,tap0 "$@"
	run_tap_address tap0 "$HOST_IP/24"
}

# bench_guest [OPTION...]: boot vm0; true when its vrings run. Options as of
# guest_start.
bench_guest()
{
	guest_start vm0 "$RUN_DIR/vm0.sock" "ip=$GUEST_IP/24" "$@" || return 1
	# Half of the time in which a driver has to move: what was lost of it may
	# be the cause of a stall.
	run_start "$RUN_DIR/starved" "$top/tests/guest/starved.py" "${GUEST_PID[vm0]}" 25
	run_until 10 vringd_running vm0
}

note()
{
	printf '# %s\n' "$*"
}

# check SENTENCE COMMAND...: what the command says is shown if it fails.
check()
{
	local sentence=$1 said
	shift
	TEST_CNT=$((TEST_CNT + 1))
	# Not a subshell: commands leave what they measured in variables.
	if "$@" >"$RUN_DIR/said" 2>&1; then
		printf 'ok %d - %s\n' "$TEST_CNT" "$sentence"
		return
	fi
	TEST_FAILED_CNT=$((TEST_FAILED_CNT + 1))
	printf 'not ok %d - %s\n' "$TEST_CNT" "$sentence"
	while read -r said; do note "  $said"; done <"$RUN_DIR/said"
}

# The last line of every test.
bench_end()
{
	printf '1..%d\n' "$TEST_CNT"
	[ "$TEST_FAILED_CNT" -eq 0 ] && return
	note "$TEST_FAILED_CNT of $TEST_CNT failed. vringd said:"
	tail -n 20 "$RUN_DIR/vringd.log" | sed 's/^/#   /'
	return 1
}

# flood_guest SECONDS RATE: one-way UDP into the guest. The address is none of
# the guest's, so it drops the packets without a word; to its own it would answer.
flood_guest()
{
	ip -n "$RUN_NETNS" route replace 198.51.100.0/24 via "$GUEST_IP"
	run_in_netns "$top/tests/guest/udp-flood.py" 198.51.100.1 "$1" "$2"
}

### Checks ##################################################################

# Equal, and if not, both are told.
is()
{
	[ "$1" = "$2" ] && return
	echo "expected '$2', got '$1'"
	return 1
}

at_least()
{
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' && return
	echo "expected at least $2, got '$1'"
	return 1
}

at_most()
{
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a <= b) }' && return
	echo "expected at most $2, got '$1'"
	return 1
}

# pings_live COUNT INTERVAL [BURST]: all are answered.
pings_live()
{
	measure_ping "$GUEST_IP" "$@" && return
	echo "$MEASURE_RECEIVED of $MEASURE_SENT pings were answered"
	return 1
}

pings_die()
{
	measure_ping "$GUEST_IP" "$1" "$2" || true
	is "$MEASURE_RECEIVED of $MEASURE_SENT" "0 of $1"
}

# The accounts of interface.md: nothing is published without a decision, nothing
# is decided without being counted. They hold at rest, so rest is waited for.
accounts_balance()
{
	run_until 3 accounts_balance_now "$1" && return
	vringctl --json vrings "$1" | jq -c '.vrings[] | {vring, counters}'
	return 1
}

accounts_balance_now()
{
	vringctl --json vrings "$1" | jq -e '[.vrings[] | .counters |
		.publishes == .calls_suppressed + .calls - .calls_forced - .calls_first + .calls_failed
		and .stalls_revived <= .stalls
		and .stalls <= .calls_forced
		and .probes_answered <= .probes] | length > 0 and all' >/dev/null
}

# Neither the driver nor the daemon did anything that should not be.
no_faults()
{
	vringctl --json vrings "$1" | jq -e '[.vrings[] |
		(.state == "running" and ([.counters.faults[]] | add // 0) == 0)] | all' >/dev/null &&
		return
	vringctl --json vrings "$1" | jq -c '.vrings[] | {vring, state, health, faults: .counters.faults}'
	return 1
}

# quiet_while SENTENCE COMMAND...: the command succeeds, and nobody cries stall
# meanwhile. A stall is let pass where the guest was shown not to have had the
# CPU: that one is true, but of the machine.
quiet_while()
{
	local sentence=$1 before starved
	shift
	before=$(stalls vm0)
	starved=$(starved_cnt)
	check "$sentence: traffic passes" "$@"
	check "$sentence: no stall" no_stalls_since "$before" "$starved"
	if [ "$(stalls vm0)" != "$before" ] && [ "$(starved_cnt)" -gt "$starved" ]; then
		BENCH_EXCUSED=yes
		note "a stall, but the guest was starved: $(tail -n 1 "$RUN_DIR/starved")"
	fi
}

no_stalls_since()
{
	[ "$(stalls vm0)" = "$1" ] && return
	[ "$(starved_cnt)" -gt "$2" ] && return
	vringctl --json vrings vm0 |
		jq -c '.vrings[] | {vring, health, stalls: .counters.stalls, revived: .counters.stalls_revived}'
	vringctl explain vm0
	return 1
}

# The counters outlive a guest: only their growth says something.
stalls()
{
	vringd_sum "$1" '.counters | .stalls + .stalls_revived'
}

starved_cnt()
{
	starved_lines | wc -l
}

# When (epoch), and how the guest was kept from the CPU. A theft of the test's own
# counts from where it leaves the guest less than it needs to move within stall-after.
starved_lines()
{
	cat "$RUN_DIR/starved"
	[ ! -e "$RUN_DIR/thefts" ] || awk '$2 >= 40 { print $1, $2, "ms stolen by the test" }' "$RUN_DIR/thefts"
}

last_incident()
{
	vringctl --json incidents | jq '[.incidents[].id] | max // 0'
}

# no_incidents_since ID: but such of which it is known that the guest had not the CPU
# then.
no_incidents_since()
{
	local unexplained

	unexplained=$(incidents_unexplained "$1") || return 1
	if [ -n "$unexplained" ]; then
		vringctl --json incidents | jq -c ".incidents[] | select(.id > $1)"
		echo "nothing is known to have kept the guest from the CPU when there came: $unexplained"
		return 1
	fi
	[ "$(last_incident)" = "$1" ] || BENCH_EXCUSED=yes
}

# Those with no evidence within the second before, or a little after: what is lost is
# told when it is over.
incidents_unexplained()
{
	vringctl --json incidents | jq -r --argjson last "$1" '.incidents[] | select(.id > $last) |
		(.time | capture("^(?<second>.*)\\.(?<ms>[0-9]+)Z$")) as $at |
		"\(.id) \($at.second + "Z" | fromdateiso8601).\($at.ms)"' >"$RUN_DIR/incident-times" &&
		starved_lines | awk '
			FILENAME != "-" { at[$1] = $2; next }
			{ for (id in at) if ($1 >= at[id] - 1 && $1 <= at[id] + 0.3) known[id] = 1 }
			END { for (id in at) if (!(id in known)) print id }' "$RUN_DIR/incident-times" -
}

# None but of stalls that were excused.
no_warnings()
{
	local excused='^$'
	[ -n "$BENCH_EXCUSED" ] && excused=' (stalled|revived|stuck|quiet)|no kick had come'
	! grep -Ev "$excused" "$RUN_DIR/vringd.log" | grep -Ei '\b(warn|warning|err|error|crit|critical)\b'
}
