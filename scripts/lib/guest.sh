# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# guest.sh - a real Linux guest in QEMU: build its image, start it, talk to it,
# stop it.
#
# The guest is Debian's own cloud kernel and an initramfs of busybox, the virtio
# modules, iperf3 and ethtool; it stands about two seconds after its start, with
# or without KVM. Needs run.sh.
#
#	guest_start vm0 "$socket" ip=10.77.0.2/24 event_idx=off
#	guest_run vm0 'ethtool -k eth0'
#	guest_stop vm0

GUEST_LIB=$RUN_TOP/scripts/lib
GUEST_CACHE=${XDG_CACHE_HOME:+$XDG_CACHE_HOME/vringd-guest}
GUEST_CACHE=${GUEST_CACHE:-$RUN_TOP/build/guest}
GUEST_ACCEL=${VRINGD_GUEST_ACCEL:-}
GUEST_BOOT_SECONDS=${VRINGD_GUEST_BOOT_SECONDS:-60}
GUEST_KERNEL=
GUEST_IMAGE=
declare -A GUEST_PID=() GUEST_OPT=()
GUEST_DEVICE_OPT=()

### The image ###############################################################

# guest_image: find the kernel, build the initramfs unless the cache has it.
guest_image()
{
	local release

	[ -z "$GUEST_IMAGE" ] || return 0
	GUEST_KERNEL=$(guest_newest_kernel)
	if [ -z "$GUEST_KERNEL" ]; then
		echo "guest: no kernel with virtio_net among /boot/vmlinuz-*:" \
			"scripts/install-deps installs one" >&2
		return 1
	fi
	release=${GUEST_KERNEL##*/vmlinuz-}
	GUEST_IMAGE=$GUEST_CACHE/initramfs-$(guest_image_key "$release").cpio
	[ -e "$GUEST_IMAGE" ] || guest_image_build "$release" "$GUEST_IMAGE"
}

guest_newest_kernel()
{
	local kernel
	for kernel in $(printf '%s\n' /boot/vmlinuz-* | sort -Vr); do
		if [ -r "$kernel" ] && guest_modules "${kernel##*/vmlinuz-}" >/dev/null 2>&1; then
			echo "$kernel"
			return
		fi
	done
}

# The modules a guest loads, in their order, by their paths. kmod knows it from
# modules.dep; virtio_pci must come before virtio_net's device can appear, not
# before the driver, so either order of the two would do.
guest_modules()
{
	local depends
	depends=$(PATH=$PATH:/usr/sbin:/sbin modprobe -S "$1" --show-depends virtio_pci &&
		PATH=$PATH:/usr/sbin:/sbin modprobe -S "$1" --show-depends virtio_net) || return 1
	# `insmod PATH OPTIONS`; a driver built into the kernel says `builtin`.
	awk '$1 == "insmod" && !seen[$2]++ { print $2 }' <<<"$depends"
}

guest_programs()
{
	PATH=$PATH:/usr/sbin:/sbin command -v iperf3 ethtool
}

# Names the image by what goes into it: sizes and times of the files suffice,
# since packages keep both.
guest_image_key()
{
	{
		guest_modules "$1"
		guest_programs
		command -v busybox
	} | xargs stat -L -c '%n %s %Y' | cat - "$GUEST_LIB/guest-init" |
		sha256sum | cut -c 1-16
}

guest_image_build()
{
	local release=$1 image=$2 work module program library

	work=$(mktemp -d "$RUN_DIR/image.XXXXXX")
	mkdir -p "$work"/{bin,dev,lib,lib64,modules,proc,run,sbin,sys,tmp,etc}
	cp "$(command -v busybox)" "$work/bin/busybox"
	"$work/bin/busybox" --list | while read -r program; do
		[ "$program" = busybox ] || ln -s busybox "$work/bin/$program"
	done
	for module in $(guest_modules "$release"); do
		guest_put_module "$module" "$work/modules"
	done
	for program in $(guest_programs); do
		cp "$program" "$work/bin/"
		for library in $(ldd "$program" | grep -o '/[^ ]*'); do
			install -D "$library" "$work/$library"
		done
	done
	cp "$GUEST_LIB/guest-init" "$work/init"
	chmod 755 "$work/init"

	mkdir -p "${image%/*}"
	# Not compressed: unpacking is what an emulated CPU does slowest. Moved
	# into its place at the end: two runs may build it at once.
	(cd "$work" && find . -print0 | cpio --null --quiet -o -H newc -R 0:0) >"$work.cpio"
	mv "$work.cpio" "$image"
	rm -rf "$work"
}

# Kernels newer than Debian 12's pack their modules; busybox's insmod wants them
# unpacked.
guest_put_module()
{
	local module=$1 into=$2 name
	name=${module##*/}
	name=${name%.xz}
	name=${name%.zst}
	case "$module" in
	*.xz) xz -dc "$module" >"$into/$name" ;;
	*.zst) zstd -dqc "$module" >"$into/$name" ;;
	*) cp "$module" "$into/$name" ;;
	esac
	echo "$name" >>"$into/order"
}

### Acceleration ############################################################

# guest_accel: sets GUEST_ACCEL to kvm or tcg. That /dev/kvm opens proves
# nothing: nested without hardware support it takes a guest and lets it hang. So
# a guest must boot in it, within a time it would need by far.
guest_accel()
{
	[ -z "$GUEST_ACCEL" ] || return 0
	GUEST_ACCEL=tcg
	if [ -r /dev/kvm ] && [ -w /dev/kvm ] && guest_kvm_boots; then
		GUEST_ACCEL=kvm
	fi
	# Programs started from here need not try again.
	export VRINGD_GUEST_ACCEL=$GUEST_ACCEL
}

guest_kvm_boots()
{
	# Seen by what is called from here, and gone with this function.
	local GUEST_ACCEL=kvm GUEST_BOOT_SECONDS=10

	guest_qemu kvm-probe && guest_wait kvm-probe 2>/dev/null && guest_stop kvm-probe
}

guest_accel_told()
{
	case $GUEST_ACCEL in
	kvm) echo "KVM (hardware virtualization works here)" ;;
	*) echo "TCG (no working KVM here: the guest's CPU is emulated, so it is slow)" ;;
	esac
}

guest_accel_args()
{
	case $GUEST_ACCEL in
	kvm) echo -accel kvm -cpu host ;;
	# Not -cpu max: with ERMS the guest's kernel copies by `rep movsb`, which
	# TCG does byte by byte; it cost the guest a third of its TCP rate.
	*) echo -accel tcg,thread=multi -cpu qemu64 ;;
	esac
}

### Start and stop ##########################################################

# guest_start NAME SOCKET [OPTION...]: a guest whose NIC is the vhost-user back
# end at SOCKET. Returns when the guest takes commands; guest_launch returns at
# once. Options of ours:
#
#	ip=ADDRESS/BITS   of eth0          mtu=N       set inside the guest
#	napi_tx=off       of virtio_net    queues=N    pairs
#	server=on         QEMU listens, for a back end in mode=client
#	smp=N             vCPUs
#
# Every other KEY=VALUE is given to virtio-net-pci: event_idx=off, packed=on,
# host_mtu=9000, rx_queue_size=1024, disable-modern=on ...
guest_start()
{
	guest_launch "$@" && guest_wait "$1"
}

guest_launch()
{
	local name=$1 socket=$2 chardev
	shift 2
	guest_accel
	guest_options "$@"
	chardev=socket,id=c0,path=$socket
	if [ "${GUEST_OPT[server]:-off}" = on ]; then
		chardev+=,server=on,wait=off
	else
		# The back end may go and come back: QEMU connects again.
		chardev+=,reconnect=1
	fi
	guest_qemu "$name" -chardev "$chardev" \
		-netdev "vhost-user,id=n0,chardev=c0${GUEST_OPT[queues]:+,queues=${GUEST_OPT[queues]}}" \
		-device "$(guest_device "$name")"
}

# guest_start_tap NAME IFNAME [OPTION...]: the same guest with QEMU's own
# virtio-net on a tap, the peer of benchmarks.
guest_start_tap()
{
	local name=$1 ifname=$2
	shift 2
	guest_accel
	guest_options "$@"
	guest_qemu "$name" \
		-netdev "tap,id=n0,ifname=$ifname,script=no,downscript=no,vhost=off" \
		-device "$(guest_device "$name")" && guest_wait "$name"
}

# Sorts options into ours (GUEST_OPT) and the device's (GUEST_DEVICE_OPT).
guest_options()
{
	local option

	GUEST_OPT=()
	GUEST_DEVICE_OPT=()
	for option in "$@"; do
		case ${option%%=*} in
		ip | mtu | napi_tx | queues | server | smp)
			GUEST_OPT[${option%%=*}]=${option#*=} ;;
		*) GUEST_DEVICE_OPT+=("$option") ;;
		esac
	done
}

guest_device()
{
	local device

	device=virtio-net-pci,netdev=n0,mac=$(guest_mac "$1")
	# This QEMU crashes in vhost_net_start with vhost-user and MSI-X under
	# TCG. The tap guest gets it too: benchmarks compare like with like.
	[ "$GUEST_ACCEL" = tcg ] && device+=,vectors=0
	[ -n "${GUEST_OPT[queues]:-}" ] && device+=,mq=on
	[ "${#GUEST_DEVICE_OPT[@]}" -gt 0 ] && device+=$(printf ',%s' "${GUEST_DEVICE_OPT[@]}")
	echo "$device"
}

# Several guests of one run must not share an address; the same name gets the
# same one, so that a rebooted guest is known to its neighbours.
guest_mac()
{
	sha256sum <<<"$1" | sed 's/^\(..\)\(..\)\(..\).*/52:54:00:\1:\2:\3/'
}

# guest_qemu NAME [QEMU-ARGUMENT...]
guest_qemu()
{
	local name=$1 dir=$RUN_DIR/$1 ram=512M accel
	shift
	guest_image || return 1
	mkdir -p "$dir"
	rm -f "$dir"/{console,command.sock,monitor.sock}
	read -ra accel <<<"$(guest_accel_args)"
	run_start "$dir/qemu.log" qemu-system-x86_64 \
		-nodefaults -no-user-config -display none -no-reboot \
		-name "$name,debug-threads=on" "${accel[@]}" \
		-machine pc -smp "${GUEST_OPT[smp]:-1}" -m "$ram" \
		-object "memory-backend-memfd,id=mem,size=$ram,share=on" -numa node,memdev=mem \
		-kernel "$GUEST_KERNEL" -initrd "$GUEST_IMAGE" -append "$(guest_cmdline)" \
		-serial "file:$dir/console" \
		-serial "unix:$dir/command.sock,server=on,wait=off" \
		-qmp "unix:$dir/monitor.sock,server=on,wait=off" "$@"
	GUEST_PID[$name]=$RUN_PID
}

guest_wait()
{
	local name=$1
	run_until "$GUEST_BOOT_SECONDS" guest_booted_or_dead "$name" && guest_booted "$name" && return
	guest_tell_failure "$name"
	guest_kill "$name"
	return 1
}

guest_cmdline()
{
	# no_timer_check: on a busy host an emulated timer is late, and the kernel
	# panics ("IO-APIC + timer doesn't work").
	echo "console=ttyS0 quiet panic=-1 no_timer_check random.trust_cpu=on" \
		"vr.ip=${GUEST_OPT[ip]:-} vr.mtu=${GUEST_OPT[mtu]:-}" \
		"vr.napi_tx=${GUEST_OPT[napi_tx]:-}"
}

guest_booted()
{
	grep -q "guest ready" "$RUN_DIR/$1/console" 2>/dev/null
}

guest_booted_or_dead()
{
	guest_booted "$1" || run_dead "${GUEST_PID[$1]}"
}

guest_tell_failure()
{
	{
		echo "guest: $1 did not boot within $GUEST_BOOT_SECONDS s. QEMU said:"
		tail -n 5 "$RUN_DIR/$1/qemu.log"
		echo "guest: and its console:"
		tail -n 15 "$RUN_DIR/$1/console"
	} >&2
}

guest_stop()
{
	run_stop "${GUEST_PID[$1]}"
	unset "GUEST_PID[$1]"
}

guest_kill()
{
	run_kill "${GUEST_PID[$1]}"
	unset "GUEST_PID[$1]"
}

### Talk to it ##############################################################

# guest_run NAME COMMAND [SECONDS]: prints what it printed, returns its status.
guest_run()
{
	"$GUEST_LIB/guest-run.py" "$RUN_DIR/$1/command.sock" "${3:-20}" "$2"
}

# guest_spawn NAME JOB COMMAND: in the background of the guest.
guest_spawn()
{
	guest_run "$1" "rm -f /run/$2.status; { sh -c '$3'; echo \$? >/run/$2.status; } >/run/$2.out 2>&1 &"
}

# guest_join NAME JOB SECONDS: what the job printed, and its status.
guest_join()
{
	guest_run "$1" "i=0; while [ ! -s /run/$2.status ]; do [ \$((i += 1)) -lt $(($3 * 10)) ] || exit 124; sleep 0.1; done; cat /run/$2.out; exit \$(cat /run/$2.status)" "$(($3 + 5))"
}
