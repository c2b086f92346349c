# SPDX-License-Identifier: GPL-2.0-only
# about: Debian's kernel under Debian's QEMU with KVM: its doorbells by three independent witnesses
# timeout: 480
# volumes: linux-guest
# shellcheck shell=sh
#
# Each guest stands still twice, before and after its load ("base" and "final":
# every CPU but one is offline, nobody is left to send to). At both moments these
# say what they saw, and linux-guest.check compares them number by number:
#
#   the guest     its DBL counts (deliveries), a kprobe on its IPI function (sends
#                 by source and target)                         SCENARIO/GUEST.truth
#   the host      ftrace's histogram of guest exits with trap f80, a count by vcpu
#                 thread that owes nothing to the observer      SCENARIO/AT.traps
#   the observer  its snapshot                                  SCENARIO/AT.snapshot
#
# P9_SCENARIOS="NAME..." runs only those, P9_DOORBELLS=N sends more.
#
# Known: on a machine that is short of CPUs the clocks of the emulated ones come apart
# here (lab/tools/timebases.c; lab/run says it when the suite has ended). Debian's 6.1 may
# then hang, with a hard lockup in its log and no end of the suite: it was made to, by
# stopping QEMU for 60 ms four times a second, without the observer and with the JIT on.
# Neither has a part in it. 7.3-rc was 131 ms apart, and went on.
#
# Without the observer the first two are still compared, and the missing third is
# a failure unless P9_NO_OBSERVER=1 says that it is meant.

. /lab/suites/lib.sh

guest=/volumes/linux-guest/run.sh
export P9_GUESTS="$PWD/guests"
exits=/sys/kernel/tracing/events/kvm_hv/kvm_guest_exit
socket=/run/p9doorbell/control.sock
observer=absent

# ---- the observer: all this suite knows of it ----

observer_start()
{
	if [ "${P9_NO_OBSERVER:-0}" = 1 ]; then
		observer=declined
		return
	fi
	have p9doorbelld && have p9doorbell || return 0
	p9doorbelld >observer.log 2>&1 &
	daemon=$!
	if wait_until 60 test -S "$socket"; then
		observer=present
	else
		observer=silent
		tail -n 20 observer.log
	fi
}

# observer_snapshot FILE: the daemon's answer to "snapshot" (include/p9doorbell/api.h).
observer_snapshot()
{
	[ "$observer" = present ] || return 0
	p9doorbell status --snapshot >"$1" 2>>observer.log || tap_say "no snapshot: $(tail -n 1 observer.log)"
}

observer_stop()
{
	[ "$observer" = present ] || return 0
	kill -TERM "$daemon"
	wait "$daemon" || tap_say "p9doorbelld exited with $?"
}

# ---- the host's own witness ----

# Exits for an unavailable facility, by thread and vcpu. Two guests have the same
# vcpu ids, never the same threads.
traps_start()
{
	echo 'hist:keys=common_pid,vcpu_id:size=4096 if trap == 0xf80' >"$exits/trigger"
}

traps_snapshot()
{
	cat "$exits/hist" >"$1"
}

traps_stop()
{
	echo '!hist:keys=common_pid,vcpu_id:size=4096 if trap == 0xf80' >"$exits/trigger"
}

# ---- scenarios ----

# threads PID: the vcpu threads of a guest, "TID CPU" a line.
vcpu_threads()
{
	for t in "/proc/$1/task"/*; do
		sed -n "s|^CPU \([0-9]*\)/KVM.*|${t##*/} \1|p" "$t/comm"
	done
}

# moment AT: everybody's word, while all guests of the scenario stand still.
moment()
{
	observer_snapshot "$scenario/$1.snapshot"
	traps_snapshot "$scenario/$1.traps"
}

each()
{
	word=$1
	shift
	for name in $names; do
		case $word in
		wait) $guest wait "$name" "$1" "$2" || return 1 ;;
		say) $guest say "$name" "$1" || return 1 ;;
		off) $guest off "$name" "$1" || return 1 ;;
		esac
	done
}

run_guests()
{
	for options; do
		# shellcheck disable=SC2086 # words are meant
		$guest start base=1 trace=1 hold=1 $options || return 1
	done
	each wait boot 100 || return 1
	for name in $names; do
		pid=$(cat "$P9_GUESTS/$name/pid")
		{ echo "pid $pid" && vcpu_threads "$pid"; } >"$scenario/$name.threads"
	done
	each wait base 100 && moment base && each say go || return 1
	each wait final 200 && moment final && each off 60
}

# scenario NAME OPTIONS...: one guest for each OPTIONS, at the same time. The
# guests' names begin with that of the scenario.
scenario()
{
	scenario=$1
	case " ${P9_SCENARIOS:-$1} " in *" $1 "*) ;; *) return 0 ;; esac
	shift
	names=
	mkdir -p "$scenario"
	for options; do
		name=${options#name=}
		names="$names ${name%% *}"
	done
	if run_guests "$@"; then
		tap_ok "$scenario-ran" "$# guest(s), ready after $(cut -d' ' -f1 /proc/uptime) s of host time"
	else
		tap_not_ok "$scenario-ran" "see output.log"
	fi
	for name in $names; do
		$guest kill "$name"
		cp "$P9_GUESTS/$name/truth" "$scenario/$name.truth"
		cp "$P9_GUESTS/$name/log" "$scenario/$name.log"
	done
	out "$scenario"
	echo "scenario $scenario $#" >>facts
}

# Rounds of three phases of a second each, until this many doorbells.
load="secs=1 doorbells=${P9_DOORBELLS:-1500}"
# Debian's 6.1 interprets BPF unless it is told otherwise, which doctor advises.
sysctl -w net.core.bpf_jit_enable=1
observer_start
traps_start
scenario threads-4 "name=t4 threads=4 $load"
scenario threads-8 "name=t8 threads=8 $load"
scenario two-guests "name=one threads=4 $load" "name=two cores=2 threads=2 $load"
# With 4K pages alone QEMU refuses a hash guest of this size. Given room for a larger hash
# table (maxmem) it starts one, which has not said a word within 100 s.
if [ "$(awk '/^KernelPageSize:/ { print $2; exit }' /proc/self/smaps)" = 64 ]; then
	scenario hash "name=hash threads=4 mmu=hash $load"
else
	tap_skip hash "a Linux guest that is hash wants a host with 64K pages"
fi
scenario xive "name=xive threads=4 ic=xive secs=1"
traps_stop
observer_stop
echo "observer $observer" >>facts
out facts
[ ! -e observer.log ] || out observer.log
