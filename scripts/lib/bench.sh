# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench.sh - what benchmarks have in common: options, CPUs, hugepages, rounds in
# which peers take turns, and samples. Needs run.sh.
#
# A machine drifts within minutes, so a figure is worth nothing beside one that was
# taken much later. All peers of a case are started once; those that are not
# measured are frozen (SIGSTOP), so that the members of a pair are a second or two
# apart. The order turns around with every round.
#
# Much is read by whoever sources this:
# shellcheck disable=SC2034

BENCH_ROUNDS=${BENCH_ROUNDS:-12}
BENCH_PEERS=()
BENCH_PEERS_NAMED=
BENCH_CASES=
BENCH_JSON=
BENCH_PLOT=
BENCH_QUICK=
BENCH_DRIVER_CPU=
BENCH_BACKEND_CPU=
BENCH_HUGEPAGES=0
BENCH_SHIFT=1
BENCH_LIMIT=$RUN_BUILD/tests/bench/limit
# The processes of a peer, by its name; the back end first.
declare -A BENCH_PIDS=()

### Options #################################################################

# bench_option NAME VALUE: takes an option that all benchmarks have. Sets
# BENCH_SHIFT to how many words it was; 1 if it is not one of them.
bench_option()
{
	BENCH_SHIFT=2
	case $1 in
	--pairs) BENCH_ROUNDS=$(bench_number "$@") || exit ;;
	--peers)
		BENCH_PEERS_NAMED=$(bench_value "$@") || exit
		IFS=, read -ra BENCH_PEERS <<<"$BENCH_PEERS_NAMED"
		;;
	--cases) BENCH_CASES=$(bench_value "$@") || exit ;;
	--json) BENCH_JSON=$(bench_value "$@") || exit ;;
	--plot) BENCH_PLOT=$(bench_value "$@") || exit ;;
	--quick) BENCH_QUICK=1 BENCH_ROUNDS=3 BENCH_SHIFT=1 ;;
	*) return 1 ;;
	esac
}

# bench_only_options USAGE OPTION...: for benchmarks that have no others.
bench_only_options()
{
	local usage=$1
	shift
	while [ $# -gt 0 ]; do
		if bench_option "$@"; then
			shift "$BENCH_SHIFT"
			continue
		fi
		case $1 in
		-h | --help) "$usage" && exit 0 ;;
		*) "$usage" >&2 && exit 2 ;;
		esac
	done
}

bench_options_told()
{
	cat <<-END
		  --pairs N       rounds; each gives one pair with every peer ($BENCH_ROUNDS)
	END
	[ "${#BENCH_PEERS[@]}" -eq 0 ] || cat <<-END
		  --peers A,B     of ${BENCH_PEERS[*]} (all); the first is compared with the rest
	END
	cat <<-END
		  --cases REGEX   only cases whose name it matches, as 'packed, 64 B, ring 256'
		  --quick         3 rounds: does it run, not how fast it is
		  --json FILE     all samples and results
		  --plot FILE     the medians as a picture (SVG)
	END
}

bench_value()
{
	if [ -z "${2:-}" ]; then
		echo "bench: $1 needs a value" >&2
		exit 2
	fi
	echo "$2"
}

bench_number()
{
	if [[ ! ${2:-} =~ ^[1-9][0-9]*$ ]]; then
		echo "bench: $1 needs a number above 0, not '${2:-}'" >&2
		exit 2
	fi
	echo "$2"
}

# Is this case wanted?
bench_wanted()
{
	[ -z "$BENCH_CASES" ] || [[ $1 =~ $BENCH_CASES ]]
}

### The machine #############################################################

# The first two CPUs we may use; one alone serves both when there is no second.
bench_choose_cpus()
{
	local allowed
	allowed=$(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' |
		awk -F- '{ for (i = $1; i <= ($2 == "" ? $1 : $2); i++) print i }')
	BENCH_DRIVER_CPU=$(sed -n 1p <<<"$allowed")
	BENCH_BACKEND_CPU=$(sed -n 2p <<<"$allowed")
	BENCH_BACKEND_CPU=${BENCH_BACKEND_CPU:-$BENCH_DRIVER_CPU}
}

# The script and what it starts on its way stay off the CPU of the back end.
bench_stay_with_driver()
{
	taskset -cp "$BENCH_DRIVER_CPU" $$ >/dev/null
}

# bench_take_hugepages MB: beside those that the host has, and given back at the
# end. False, and nothing taken, if it has not so much memory in one piece.
bench_take_hugepages()
{
	local file=/proc/sys/vm/nr_hugepages had cnt=$(($1 / 2))

	had=$(<"$file")
	[ -w "$file" ] && grep -q 'Hugepagesize: *2048 kB' /proc/meminfo || return 1
	BENCH_HUGEPAGES=$cnt
	RUN_AT_END+=(bench_give_hugepages_back)
	echo $((had + cnt)) >"$file"
	[ $(($(<"$file") - had)) -lt "$cnt" ] || return 0
	bench_give_hugepages_back
	return 1
}

bench_give_hugepages_back()
{
	local file=/proc/sys/vm/nr_hugepages has

	has=$(<"$file")
	((BENCH_HUGEPAGES == 0)) || echo $((has > BENCH_HUGEPAGES ? has - BENCH_HUGEPAGES : 0)) >"$file"
	BENCH_HUGEPAGES=0
}

bench_memory_told()
{
	if ((BENCH_HUGEPAGES)); then
		echo "hugepages of 2 MiB"
	else
		echo "no hugepages: the host did not give them"
	fi
}

bench_load()
{
	cut -d ' ' -f 1-3 /proc/loadavg
}

### Rounds ##################################################################

# bench_rounds CASE FUNCTION [SIZE RING]: calls FUNCTION PEER ROUND CASE for each peer,
# round by round, after the probe. Round 0 warms up, and its samples are thrown away.
bench_rounds()
{
	local round peer

	for ((round = 0; round <= BENCH_ROUNDS; round++)); do
		bench_progress "$1: round $round of $BENCH_ROUNDS"
		bench_probe "$1" "$round" "${@:3}"
		for peer in $(bench_turn "$round"); do
			"$2" "$peer" "$round" "$1" || return
		done
	done
	bench_progress ""
}

bench_need_limit()
{
	[ -x "$BENCH_LIMIT" ] && return
	echo "bench: no tests/bench/limit in $RUN_BUILD: run" \
		"'meson setup build && ninja -C build', or set VRINGD_BUILD" >&2
	exit 2
}

# What the two CPUs can do at this moment: see tests/bench/limit.c. Without SIZE and
# RING it is only told how far apart they are.
# bench_probe CASE ROUND [SIZE RING]
bench_probe()
{
	local mpps core_ns

	read -r _ _ mpps core_ns < <("$BENCH_LIMIT" --cpus "$BENCH_DRIVER_CPU,$BENCH_BACKEND_CPU" \
		"${3:-64}" "${4:-256}")
	bench_sample probe "$2" "$1" core_ns "$core_ns"
	[ -z "${3:-}" ] || bench_sample limit "$2" "$1" mpps "$mpps"
}

bench_turn()
{
	if (($1 % 2)); then
		printf '%s\n' "${BENCH_PEERS[@]}"
	else
		printf '%s\n' "${BENCH_PEERS[@]}" | tac
	fi
}

bench_freeze()
{
	# shellcheck disable=SC2086 # one word each
	kill -STOP ${BENCH_PIDS[$1]}
}

bench_thaw()
{
	# shellcheck disable=SC2086 # one word each
	kill -CONT ${BENCH_PIDS[$1]}
}

# bench_sample PEER ROUND CASE MEASURE VALUE: nothing where there was nothing to measure.
bench_sample()
{
	[ "$2" -gt 0 ] && [ -n "$5" ] || return 0
	printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$RUN_DIR/samples"
}

bench_progress()
{
	[ ! -t 2 ] || printf '\r\e[K%s' "$1" >&2
}

bench_report()
{
	"$RUN_TOP/scripts/lib/bench-report.py" "$RUN_DIR/samples" \
		${BENCH_PEERS:+--subject "${BENCH_PEERS[0]}"} \
		${BENCH_JSON:+--json "$BENCH_JSON"} ${BENCH_PLOT:+--plot "$BENCH_PLOT"}
}
