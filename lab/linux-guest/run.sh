#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Starts, asks and ends a real Linux guest: Debian's kernel under Debian's QEMU
# with KVM. Runs in the lab's host (busybox sh), from the folder of the volume it
# came with. All state of a guest NAME is in $P9_GUESTS/NAME (default
# /tmp/guests): log (its console), truth (its P9GUEST lines, JSON only),
# in (its keyboard, a fifo), pid, rc.
#
#   run.sh start [OPTION=VALUE]...   starts a guest and returns
#   run.sh wait NAME AT SECONDS      until its line "boot", "base" or "final" is there
#   run.sh say NAME go|stop|off      types a line: begin the load, end it, power off
#   run.sh stop NAME SECONDS         stop, and wait for "final": the counts stand still now
#   run.sh off NAME SECONDS          power off; the exit status is QEMU's
#   run.sh kill NAME                 no guest of that name runs any more, however it ended
#   run.sh run [OPTION=VALUE]...     start, wait for "final", power off; deadline=SECONDS
#
# Options of start and run, with what holds when they are not given:
#   name=linux  cores=1  threads=4  ic=xics (or xive)  mem=512M
#   mmu=radix (or hash, on a host with 64K pages)
#   secs=2 (a phase)  phases=ring,shootdown,migrate  loop=0  total=0  doorbells=0
#   base=0 (park and wait for "go" before the load)  hold=1 (stay parked after "final")
#   trace=0 (count sends by source and target in the guest, with a kprobe)
#   append= (more for the kernel's command line)  qemu= (more for QEMU's)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
guests=${P9_GUESTS:-/tmp/guests}

die()
{
	echo "linux-guest: $*" >&2
	exit 1
}

options()
{
	name=linux cores=1 threads=4 ic=xics mmu=radix mem=512M secs=2 phases=ring,shootdown,migrate
	loop=0 total=0 doorbells=0 base=0 hold=1 trace=0 append='' qemu='' deadline=200
	for option; do
		case $option in
		name=* | cores=* | threads=* | ic=* | mmu=* | mem=* | secs=* | phases=* | loop=* | total=* | doorbells=* | \
			base=* | hold=* | trace=* | append=* | qemu=* | deadline=*)
			eval "${option%%=*}=\${option#*=}"
			;;
		*) die "unknown option $option" ;;
		esac
	done
	case $mmu in
	radix) ;;
	hash) append="disable_radix $append" ;;
	*) die "mmu=$mmu: radix or hash" ;;
	esac
}

# What this QEMU refuses to promise on an emulated POWER9 host, one by one; and a
# host with 4K pages cannot back a hash guest's larger pages.
machine()
{
	printf 'pseries,ic-mode=%s,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off' "$ic"
	[ "$(getconf PAGESIZE 2>/dev/null || page_size)" != 4096 ] || printf ',cap-hpt-max-page-size=4096'
}

# busybox has no getconf: the first mapping of a process starts with its size.
page_size()
{
	awk '/^KernelPageSize:/ { print $2 * 1024; exit }' /proc/self/smaps
}

# QEMU is the volume's own with its own libraries; it keeps its name in /proc
# because the loader it asks for is put where it looks for it.
prepare()
{
	mkdir -p "$guests"
	[ -e /lib64/ld64.so.2 ] || { mkdir -p /lib64 && ln -s "$here/lib/ld64.so.2" /lib64/ld64.so.2; }
	[ -c /dev/kvm ] || die "there is no /dev/kvm: load kvm-hv first"
}

start()
{
	options "$@"
	prepare
	dir=$guests/$name
	[ ! -e "$dir/pid" ] || die "there is a guest $name already"
	mkdir -p "$dir"
	mkfifo "$dir/in"
	: >"$dir/log"
	: >"$dir/truth"
	(
		rc=0
		# shellcheck disable=SC2086 # $qemu is a list of words
		LD_LIBRARY_PATH="$here/lib" "$here/bin/qemu-system-ppc64" -L "$here/share" \
			-name "guest=$name,process=$name,debug-threads=on" -nodefaults -vga none -display none \
			-enable-kvm -cpu host -machine "$(machine)" \
			-smp "$((cores * threads)),cores=$cores,threads=$threads" -m "$mem" \
			-serial stdio $qemu -kernel "$here/vmlinux" -initrd "$here/guest.img" \
			-append "console=hvc0 quiet panic=-1 $(cat "$here/guest.params") p9.name=$name p9.secs=$secs \
p9.phases=$phases p9.loop=$loop p9.total=$total p9.doorbells=$doorbells p9.base=$base p9.hold=$hold p9.trace=$trace $append" \
			<>"$dir/in" >>"$dir/log" 2>&1 &
		pid=$!
		echo "$pid" >"$dir/pid"
		wait "$pid" || rc=$?
		echo "$rc" >"$dir/rc"
	) </dev/null >/dev/null 2>&1 &
}

# The guest's lines so far; a torn or foreign line stays out and is missed by wait.
truth()
{
	tr -d '\r' <"$guests/$1/log" | sed -n 's/^P9GUEST \({.*}\)$/\1/p' >"$guests/$1/truth"
}

has()
{
	truth "$1"
	grep -q "\"at\":\"$2\"" "$guests/$1/truth"
}

wait_for()
{
	dir=$guests/$1
	end=$(($(date +%s) + $3))
	until has "$1" "$2"; do
		if [ -e "$dir/rc" ] && ! has "$1" "$2"; then
			tail -20 "$dir/log" >&2
			die "guest $1 ended ($(cat "$dir/rc")) before its line \"$2\""
		fi
		if [ "$(date +%s)" -ge "$end" ]; then
			tail -20 "$dir/log" >&2
			die "guest $1: no line \"$2\" within $3 s"
		fi
		sleep 0.2
	done
}

off()
{
	dir=$guests/$1
	end=$(($(date +%s) + $2))
	[ -e "$dir/rc" ] || echo off >"$dir/in"
	until [ -e "$dir/rc" ]; do
		[ "$(date +%s)" -lt "$end" ] || die "guest $1 does not power off within $2 s"
		sleep 0.2
	done
	truth "$1"
	rc=$(cat "$dir/rc")
	rm -f "$dir/pid" "$dir/in"
	return "$rc"
}

kill_guest()
{
	dir=$guests/$1
	[ -e "$dir/pid" ] || return 0
	kill -9 "$(cat "$dir/pid")" 2>/dev/null || true
	until [ -e "$dir/rc" ]; do sleep 0.1; done
	truth "$1"
	rm -f "$dir/pid" "$dir/in"
}

[ $# -gt 0 ] || die "what? see the head of $0"
verb=$1
shift
case $verb in
start) start "$@" ;;
wait) wait_for "$1" "$2" "$3" ;;
say) echo "$2" >"$guests/$1/in" ;;
stop)
	echo stop >"$guests/$1/in"
	wait_for "$1" final "$2"
	;;
off) off "$1" "$2" ;;
kill) kill_guest "$1" ;;
run)
	start "$@"
	wait_for "$name" final "$deadline"
	off "$name" 30
	;;
*) die "unknown verb $verb" ;;
esac
