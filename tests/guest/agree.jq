# SPDX-License-Identifier: BSD-3-Clause
#
# agree.jq - what each instrument says of a vring since the mark, as numbers of the same
# names; see agree.sh. Files: the mark and now, each an object of instruments.

def of($port; $vring): select(.port == $port and .vring == $vring);

def from_vrings($port; $vring): .vrings.vrings[] | of($port; $vring) | .counters as $c | {
	calls: ($c.calls - $c.calls_forced - $c.calls_first), suppressed: $c.calls_suppressed,
	forced: $c.calls_forced, probes: $c.probes, kicks: $c.kicks, stalls: $c.stalls,
	revived: $c.stalls_revived, injected: ([.injected[]?.hits] | add // 0) };

# Summed over what other labels a family has.
def sample($port; $vring; $family): [.metrics | split("\n")[] |
	select(startswith("vringd_vring_\($family)_total{") and
		contains("port=\"\($port)\"") and contains("vring=\"\($vring)\"")) |
	split(" ")[1] | tonumber] | if length == 0 then error("no \($family)") else add end;

def from_metrics($port; $vring): . as $all |
	def s($family): $all | sample($port; $vring; $family);
	{ calls: (s("calls") - s("forced_calls") - s("calls_first")),
	  suppressed: s("calls_suppressed"), forced: s("forced_calls"), probes: s("probes"),
	  kicks: s("kicks"), stalls: s("stalls"), revived: s("stalls_revived"),
	  injected: s("injected_events") };

def grown($before; $now): $now | with_entries(.value -= $before[.key]);

def from_trace($vring; $begin): .[$vring] |
	if .first > $begin then error("events are lost") else . end |
	[.events[] | select(.number >= $begin)] as $events |
	def cnt(kinds): [$events[] | select(.event | IN(kinds))] | length;
	{ calls: cnt("call"), suppressed: cnt("suppress"),
	  forced: cnt("force", "probe", "hand_call"), probes: cnt("probe"),
	  kicks: cnt("kick", "kick_ignored"), stalls: cnt("stalled"), revived: cnt("revived"),
	  injected: ([$events[] | select(.injected)] | length) };

# It knows nothing of decisions, nor of calls on a ring that is not spent.
def from_incidents($port; $vring; $last):
	[.incidents.incidents[] | of($port; $vring) | select(.id > $last)] | {
		stalls: length, revived: ([.[] | select(.outcome == "revived")] | length),
		forced: ([.[].forced // 0] | add // 0) };

. as [$mark, $now] | ([$mark.incidents.incidents[].id] | max // 0) as $last | {
	vrings: grown($mark | from_vrings($port; $vring); $now | from_vrings($port; $vring)),
	metrics: grown($mark | from_metrics($port; $vring); $now | from_metrics($port; $vring)),
	trace: ($now | from_trace($vring; $mark[$vring].next)),
	incidents: ($now | from_incidents($port; $vring; $last)) } |
.agree = (.vrings == .metrics and .vrings == .trace and
	(.vrings | {stalls, revived, forced: (.forced - .probes)}) == .incidents)
