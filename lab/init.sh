#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The lab's init, run by busybox as process 1 of the emulated machine. It gets the
# machine ready, runs the suites one after the other, or one command, and powers
# off. lab/run listens on virtio ports, so results never mix with the kernel's
# words on the console:
#
#   p9.tap   lines: TAP, and "P9 ..." about the run itself; in: words from lab/run
#   p9.log   what suites print
#   p9.kmsg  the kernel log, every record from the first one on, for the judge
#   p9.out   one tar after the other: the files suites bring out
#
# Whatever goes wrong here is said in a "P9 fatal" line; silence is a time-out.

# busybox ash: shellcheck knows no nearer shell than dash.
# shellcheck shell=dash disable=SC1091,SC2016,SC2030,SC2031,SC3045

export PATH=/bin:/busybox HOME=/root
B=/busybox/busybox

fatal()
{
	echo "p9doorbell-lab: fatal: $*" >/dev/console
	[ ! -e /proc/self/fd/7 ] || echo "P9 fatal $*" >&7
	$B poweroff -f
}

tell()
{
	echo "P9 $*" >&7
}

mark()
{
	echo "<6>p9doorbell-lab: $*" >/dev/kmsg
}

mounts()
{
	$B mount -t proc proc /proc
	$B mount -t sysfs sysfs /sys
	$B mount -t devtmpfs dev /dev
	$B mkdir -p /dev/pts /dev/shm
	$B mount -t devpts devpts /dev/pts
	$B mount -t tmpfs shm /dev/shm
	$B mount -t tmpfs run /run
	$B mount -t tmpfs tmp /tmp
	$B mount -t tmpfs out /out
	$B chmod 1777 /tmp /dev/shm
	$B mount -t tracefs tracefs /sys/kernel/tracing
	$B mount -t debugfs debugfs /sys/kernel/debug
	$B mount -t bpf bpf /sys/fs/bpf
	$B mount -t cgroup2 cgroup2 /sys/fs/cgroup
	$B ln -s /proc/self/fd /dev/fd
}

# port NAME: the device of a virtio port.
port()
{
	local d name
	for d in /sys/class/virtio-ports/*; do
		read -r name <"$d/name" && [ "$name" = "$1" ] && echo "/dev/${d##*/}" && return
	done
	return 1
}

# The modules come in the order of loading; the ports may need some of them.
modules()
{
	local m
	for m in $MODULES; do
		$B insmod "/lib/modules/$m.ko" || FAILED="$FAILED $m"
	done
}

# Disks carry the names of the volumes as their serial numbers.
volumes()
{
	local v d name type
	for v in $VOLUMES; do
		name=${v%%:*} type=${v##*:}
		for d in /sys/block/vd*; do
			[ "$(cat "$d/serial")" = "$(echo "$name" | cut -c1-20)" ] || continue
			mkdir -p "/volumes/$name"
			mount -t "$type" -o ro "/dev/${d##*/}" "/volumes/$name" && continue 2
		done
		fatal "volume $name cannot be mounted"
	done
}

# What a suite left running would disturb the next one: it is named and killed.
# Kernel threads have no exe; $KEEP are ours.
sweep()
{
	local p pid name
	for p in /proc/[0-9]*; do
		pid=${p#/proc/}
		case " 1 $KEEP " in *" $pid "*) continue ;; esac
		[ -e "$p/exe" ] || continue
		read -r name <"$p/comm" 2>/dev/null || continue
		case $name in timeout) ;; *) [ -z "$1" ] || tell "left $1 $name" ;; esac
		kill -9 "$pid" 2>/dev/null
	done
}

# suite NAME SECONDS
suite()
{
	local rc apart
	mark "suite begin $1"
	tell "begin $1"
	mkdir -p "/out/$1" "/tmp/$1"
	(
		cd "/tmp/$1" || exit 1
		. /lab/environment
		export P9_SUITE="$1" P9_OUT="/out/$1" P9_KERNEL="$KERNEL" P9_MODE="$MODE" P9_SHARE=/share
		exec timeout -s KILL "$2" sh "/lab/suites/$1.sh"
	) </dev/null >&9 2>&1
	rc=$?
	sweep "$1"
	[ ! -x /bin/timebases ] || timebases | { read -r apart && tell "apart $apart"; }
	tar -c -C /out "$1" >&8
	rm -rf "/out/$1" "/tmp/$1"
	mark "suite end $1"
	tell "end $1 $rc"
}

# Words from lab/run while somebody sits at the terminal.
listen()
{
	local word a b
	while read -r word a b; do
		case $word in
		winsize) stty -F /dev/hvc1 rows "$a" cols "$b" 2>/dev/null ;;
		esac
	done
}

# command TEXT: in the foreground; on a terminal of its own when there is one.
command_run()
{
	local rc
	mark "suite begin command"
	tell "begin command"
	mkdir -p /out/command
	. /lab/environment
	export P9_SUITE=command P9_OUT=/out/command P9_KERNEL="$KERNEL" P9_MODE="$MODE" P9_SHARE=/share
	cd /root || fatal "no /root"
	if [ "$TTY" = 1 ]; then
		listen <&7 &
		LISTENER=$!
		KEEP="$KEEP $LISTENER"
		export TERM
		setsid -c sh -c 'stty rows "$1" cols "$2"; exec sh -c "$3"' sh "$ROWS" "$COLS" "$1" \
			<>/dev/hvc1 >&0 2>&1
		rc=$?
	else
		sh -c "$1" </dev/null >&9 2>&1
		rc=$?
	fi
	sweep
	tar -c -C /out command >&8
	mark "suite end command"
	tell "end command $rc"
}

# The judge wants the log to its last word: lab/run answers "bye" when the end
# marker has come through its port.
finish()
{
	local word
	# Or the listener would take that word. It is gone when wait returns.
	[ -z "$LISTENER" ] || { kill -9 "$LISTENER"; wait "$LISTENER"; }
	mark "end"
	tell "done"
	read -r -t 20 word <&7
	poweroff -f
}

mounts
/busybox/busybox --install -s /busybox
. /lab/config
modules
TAP=$(port p9.tap) || fatal "there is no virtio port p9.tap"
exec 7<>"$TAP" 8>"$(port p9.out)" 9>"$(port p9.log)"
$B cat /dev/kmsg >"$(port p9.kmsg)" &
KEEP=$!
tell "boot $(uname -r)"
[ -z "$FAILED" ] || fatal "these modules did not load:$FAILED"
ip link set lo up
volumes
hostname lab
tell "ready"
for s in $SUITES; do
	suite "${s%%:*}" "${s##*:}"
done
[ -z "$COMMAND" ] || command_run "$COMMAND"
finish
