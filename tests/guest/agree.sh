# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# agree.sh - what happened to a guest, asked of each instrument alone: the recorder
# (trace), the counters (vrings), OpenMetrics (metrics) and the incidents. They
# are filled in different places of the daemon, so they can contradict each other.
# Needs lib.sh.

# agree_mark PORT: from here on.
agree_mark()
{
	agree_ask "$1" >"$RUN_DIR/mark"
}

# Everything that each says, in one object.
agree_ask()
{
	vringctl metrics >"$RUN_DIR/metrics" || return 1
	vringctl --json vrings "$1" >"$RUN_DIR/vrings" || return 1
	vringctl --json incidents >"$RUN_DIR/incidents" || return 1
	vringctl --json trace "$1/rx0" -n 4096 >"$RUN_DIR/rx0" || return 1
	vringctl --json trace "$1/tx0" -n 4096 >"$RUN_DIR/tx0" || return 1
	jq -n --rawfile metrics "$RUN_DIR/metrics" --slurpfile vrings "$RUN_DIR/vrings" \
		--slurpfile incidents "$RUN_DIR/incidents" --slurpfile rx0 "$RUN_DIR/rx0" \
		--slurpfile tx0 "$RUN_DIR/tx0" '{$metrics, vrings: $vrings[0],
			incidents: $incidents[0], rx0: $rx0[0], tx0: $tx0[0]}'
}

# agree PORT: what they say of its rx0 and tx0 since the mark, by number. It is the same
# at rest, so rest is waited for.
agree()
{
	run_until 3 agree_now "$1" && return
	cat "$RUN_DIR/told.rx0" "$RUN_DIR/told.tx0"
	return 1
}

agree_now()
{
	local vring

	agree_ask "$1" >"$RUN_DIR/now" || return 1
	for vring in rx0 tx0; do
		jq -cs --arg port "$1" --arg vring "$vring" -f "$RUN_TOP/tests/guest/agree.jq" \
			"$RUN_DIR/mark" "$RUN_DIR/now" >"$RUN_DIR/told.$vring" || return 1
	done
	[ "$(jq -s 'map(.agree) == [true, true]' "$RUN_DIR/told.rx0" "$RUN_DIR/told.tx0")" = true ]
}

# The latest answer of agree.
agree_told()
{
	jq -c .vrings "$RUN_DIR/told.$1"
}

# Incidents of a vring since the mark, newest first, one a line.
agree_incidents()
{
	vringctl --json incidents |
		jq -c --arg port "$1" --arg vring "$2" --slurpfile mark "$RUN_DIR/mark" '
			([$mark[0].incidents.incidents[].id] | max // 0) as $last | .incidents[] |
			select(.port == $port and .vring == $vring and .id > $last)'
}
