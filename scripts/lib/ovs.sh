# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# ovs.sh - Open vSwitch with DPDK as a back end: two vhost-user ports and a flow
# from each to the other, on one PMD thread. Needs run.sh, and a network namespace
# since each bridge has a tap of its name. It does not start without hugepages.
#
# It is the client of both sockets: the drivers must be servers (server=1). Its
# database, sockets and logs are in the run's directory; nothing of an Open vSwitch
# that this host may run is touched.

OVS_SWITCHD=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
OVS_SCHEMA=/usr/share/openvswitch/vswitch.ovsschema
OVS_PID=
OVS_DB_PID=

ovs_installed()
{
	[ -x "$OVS_SWITCHD" ] && command -v ovsdb-server >/dev/null
}

# ovs_start CPU SOCKET SOCKET
ovs_start()
{
	local cpu=$1
	export OVS_RUNDIR=$RUN_DIR/ovs OVS_DBDIR=$RUN_DIR/ovs OVS_LOGDIR=$RUN_DIR/ovs

	rm -rf "$OVS_RUNDIR"
	mkdir "$OVS_RUNDIR"
	ovs_start_database
	ovs_set_up "$cpu"
	run_start "$RUN_DIR/ovs.log" taskset -c "$cpu" \
		"$OVS_SWITCHD" --unixctl="$OVS_RUNDIR/control" "unix:$OVS_RUNDIR/db.sock"
	OVS_PID=$RUN_PID
	if ! { run_until 30 ovs_answers_or_dead && ovs_answers && ovs_wire "$2" "$3"; }; then
		echo "ovs-vswitchd did not start. It said:" >&2
		tail -n 20 "$RUN_DIR/ovs.log" >&2
		return 1
	fi
}

ovs_start_database()
{
	ovsdb-tool create "$OVS_DBDIR/conf.db" "$OVS_SCHEMA"
	run_start "$RUN_DIR/ovsdb.log" ovsdb-server --unixctl="$OVS_RUNDIR/db-control" \
		--remote="punix:$OVS_RUNDIR/db.sock" "$OVS_DBDIR/conf.db"
	OVS_DB_PID=$RUN_PID
	run_until 10 test -S "$OVS_RUNDIR/db.sock"
}

# One pool for all ports, or each asks for one of its own.
ovs_set_up()
{
	local mask

	mask=$(printf '0x%x' $((1 << $1)))
	ovs-vsctl --no-wait init
	ovs-vsctl --no-wait set Open_vSwitch . other_config:dpdk-init=true \
		other_config:dpdk-socket-mem=256 other_config:dpdk-lcore-mask="$mask" \
		other_config:pmd-cpu-mask="$mask" other_config:per-port-memory=false \
		other_config:dpdk-extra='"--no-pci --no-telemetry --file-prefix=ovs"'
}

ovs_answers()
{
	ovs-appctl -t "$OVS_RUNDIR/control" version >/dev/null 2>&1
}

ovs_answers_or_dead()
{
	ovs_answers || run_dead "$OVS_PID"
}

ovs_wire()
{
	ovs-vsctl --timeout=20 add-br br0 -- set bridge br0 datapath_type=netdev \
		-- add-port br0 p0 -- set Interface p0 type=dpdkvhostuserclient ofport_request=1 \
		options:vhost-server-path="$1" \
		-- add-port br0 p1 -- set Interface p1 type=dpdkvhostuserclient ofport_request=2 \
		options:vhost-server-path="$2"
	ovs-ofctl del-flows br0
	ovs-ofctl add-flow br0 in_port=1,actions=output:2
	ovs-ofctl add-flow br0 in_port=2,actions=output:1
}

ovs_stop()
{
	run_stop "$OVS_PID"
	run_stop "$OVS_DB_PID"
}

# PACKETS CYCLES so far, of the one PMD thread; cycles of turns that had packets.
ovs_counted()
{
	ovs-appctl -t "$OVS_RUNDIR/control" dpif-netdev/pmd-stats-show | awk '
		/^pmd thread/ { pmd = 1 }
		pmd && /packets received:/ && !packets { packets = $3 }
		pmd && /processing cycles:/ && !cycles { cycles = $3 }
		END { printf "%s %s\n", packets, cycles }'
}
