# SPDX-License-Identifier: GPL-2.0-only
# about: what observing costs, in instructions, exactly
# timeout: 300
# mode: icount
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# Time is the instruction count (-icount shift=0): a guest's timebase (512 MHz)
# counts the instructions of the whole machine, 1.953125 a tick. Other threads of
# the host run now and then, so each figure is the quickest of many chunks.
#
#   op     a msgsndp that is ignored: trap, emulate, resume
#   send   a msgsndp that is posted, kicks, wakes and is consumed and taken
#   exit   a hypercall: an exit that has nothing to do with doorbells

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

# ticks CASE: the quickest chunk of vcpu 0, per round, in thousandths of an instruction.
ticks()
{
	vmm run "$@" --json truth.json 2>vmm.log || {
		cat vmm.log
		return 1
	}
	awk '{
		match($0, /"best_ticks":[0-9]+/); t = substr($0, RSTART + 13, RLENGTH - 13)
		match($0, /"chunk":[0-9]+/); c = substr($0, RSTART + 8, RLENGTH - 8)
		printf "%d\n", t * 1953.125 / c
	}' truth.json
}

measure()
{
	op=$(ticks --workload noop --smt 4 --vcpus 1 --rounds 2000)
	pair=$(ticks --workload send --smt 4 --vcpus 2 --rounds 1000)
	exits=$(ticks --workload exits --smt 4 --vcpus 1 --rounds 2000)
	echo "$1 $op $((pair / 2)) $exits" >>costs
}

milli()
{
	echo "$(($1 / 1000)).$(printf %03d $(($1 % 1000)) | cut -c1)"
}

# difference NAME FIELD AIM CEILING: red above the ceiling, what it may not grow to;
# the aim is what it should become.
difference()
{
	without=$(awk -v f="$2" '$1 == "without" { print $f }' costs)
	with=$(awk -v f="$2" '$1 == "with" { print $f }' costs)
	added=$((with - without))
	text="$(milli "$without") instructions, observed $(milli "$with"): +$(milli "$added"), aim $3"
	[ "$added" -le $(($3 * 1000)) ] || text="$text (not reached)"
	if [ "$without" -gt 1000000 ] && [ "$added" -gt 0 ] && [ "$added" -le $(($4 * 1000)) ]; then
		tap_ok "$1" "$text"
	else
		tap_not_ok "$1" "$text, ceiling $4"
	fi
}

measure without
observer_start || tap_not_ok daemon "$(tail -n 1 daemon.log)"
measure with
p9doorbell raw status >status.json
observer_stop
difference op 2 1500 900
difference send 3 1500 2500
difference exit 4 700 550
out costs status.json daemon.log
