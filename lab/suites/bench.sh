# SPDX-License-Identifier: GPL-2.0-only
# about: what ops cost, and what observing them costs, in instructions, exactly
# timeout: 600
# mode: icount
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# Time is the instruction count (-icount shift=0): a guest's timebase (512 MHz)
# counts the instructions of the whole machine, 1.953125 a tick. Other threads of
# the host run now and then, so each figure is the quickest of many chunks.
#
# To compare kernels: lab/run --kernel stock-6.12 --kernel patched-6.12 --mode icount bench;
# the file costs of each has a line a case: NAME, alone, observed, in thousandths.
# The daemon's own work is told by itself, in CPU time of its thread, which is its
# instructions, those of interrupts that hit it included: the file work has a line a
# kind, NAME, its mean and its maximum.
# There is one host CPU: a sibling is never inside the guest when a DPDES read asks
# for it, so no figure has a sync IPI in it. A read of TIR is not trapped by QEMU.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

# NAME, ops in a round, options of vmm.
cases='
op            1 --workload noop  --vcpus 1 --rounds 2000
coalesced     1 --workload step  --vcpus 2 --rounds 1000 --param op=0
send          2 --workload send  --vcpus 2 --rounds 1000
clear         1 --workload step  --vcpus 1 --rounds 1000 --param op=1
dpdes         1 --workload step  --vcpus 4 --rounds 1000 --param op=2
dpdes-pending 1 --workload step  --vcpus 2 --rounds 1000 --param op=2 --param latched=1
exit          1 --workload exits --vcpus 1 --rounds 2000
'

# cost OPS OPTION...: the quickest chunk of vcpu 0, per op, in thousandths of an instruction.
cost()
{
	cost__ops=$1
	shift
	vmm run --smt 4 "$@" --json truth.json 2>vmm.log >&2 || return 1
	awk -v ops="$cost__ops" '{
		match($0, /"best_ticks":[0-9]+/); t = substr($0, RSTART + 13, RLENGTH - 13)
		match($0, /"chunk":[0-9]+/); c = substr($0, RSTART + 8, RLENGTH - 8)
		printf "%d\n", t * 1953.125 / c / ops
	}' truth.json
}

# measure FILE: a line a case, NAME and its cost; 0 where it could not be run.
measure()
{
	echo "$cases" | while read -r name options; do
		[ -n "$name" ] || continue
		# shellcheck disable=SC2086 # options are words
		if figure=$(cost $options); then
			echo "$name $figure"
		else
			cat vmm.log >&2
			echo "$name 0"
		fi
	done >"$1"
}

milli()
{
	awk -v x="$1" 'BEGIN { printf "%.1f", x / 1000 }'
}

# judge NAME ALONE OBSERVED: red above what an observed op may cost, and where
# nothing was measured. The aim is what it should become.
judge()
{
	name=$1 alone=$2 observed=$3 added=$(($3 - $2)) most=
	text="$(milli "$alone") instructions, observed $(milli "$observed"): +$(milli "$added")"
	case $provider/$name in
	patched/exit) most=0 ;;
	patched/send) most=1700 ;;
	patched/*) most=450 ;;
	plain/send) most=6300 ;;
	plain/dpdes) most=5300 ;;
	plain/exit) most=1000 ;;
	plain/*) most=2300 ;;
	stock/op) most=900 text="$text, aim 1500" ;;
	stock/send)
		most=3200 text="$text, aim 1500"
		[ "$added" -le 1500000 ] || text="$text (not reached)"
		;;
	stock/exit) most=550 text="$text, aim 700" ;;
	stock/*) most=1500 ;;
	esac
	text="$text, at most $most"
	# Less than one instruction is the grain of a chunk.
	if [ "$alone" -gt 1000000 ] && [ "$added" -gt -1000 ] && [ "$added" -lt $((most * 1000 + 1000)) ]; then
		tap_ok "$name" "$text"
	else
		tap_not_ok "$name" "$text"
	fi
}

# Debian's 6.1 interprets BPF unless it is told otherwise, which doctor advises.
sysctl -w net.core.bpf_jit_enable=1
provider=stock
p9doorbelld --doctor >doctor.txt
[ "$P9_BTF" != no ] || provider=plain
! grep -q '^ok  *doorbells  *kvm_hv:' doctor.txt || provider=patched

measure alone
observer_start || tap_not_ok daemon "$(tail -n 1 daemon.log)"
measure observed
p9doorbell raw status >status.json
observer_stop

tap_say "$P9_KERNEL, in instructions, by the events of a $provider kernel (no TIR: QEMU does not trap it)"
awk 'NR == FNR { alone[$1] = $2; next } { print $1, alone[$1], $2 }' alone observed >costs
while read -r name alone observed; do
	tap_say "$(printf '%-13s alone %10s, observed %10s' "$name" "$(milli "$alone")" "$(milli "$observed")")"
	judge "$name" "$alone" "$observed"
done <costs

# --- the daemon's own work ---------------------------------------------------------

# work KIND: how often it did KIND, what that took in all and at most, in instructions.
work()
{
	p9doorbell raw status | sed "s/.*\"$1\":{\"count\":\([0-9]*\),\"sum_ns\":\([0-9]*\),\"max_ns\":\([0-9]*\)}.*/\1 \2 \3/"
}

ticked()
{
	work tick >now
	[ "$(cut -d' ' -f1 now)" -ge "$1" ]
}

# tick NAME MEANING: ten ticks and more from now.
tick()
{
	work tick >begin
	read -r count sum _ <begin
	wait_until 20 ticked $((count + 10)) || tap_say "$1: too few ticks"
	read -r count_end sum_end most <now
	mean=$(((sum_end - sum) / (count_end - count)))
	echo "$1 $mean $most" >>work
	text="$2: $mean instructions, at most $most so far, aim 2000000"
	if [ "$mean" -gt 1000 ] && [ "$most" -le 2000000 ]; then
		tap_ok "$1" "$text"
	else
		tap_not_ok "$1" "$text"
	fi
}

# snapshot NAME MEANING: what one takes, with the two answers about that.
snapshot()
{
	work answer >begin
	p9doorbell raw snapshot >snapshot.json
	work answer >end
	cost=$(($(cut -d' ' -f2 end) - $(cut -d' ' -f2 begin)))
	echo "$1 $cost $(cut -d' ' -f3 end)" >>work
	text="$2: $cost instructions for $(wc -c <snapshot.json) bytes, at most 60000000"
	if [ "$cost" -gt 1000 ] && [ "$cost" -le 60000000 ]; then
		tap_ok "$1" "$text"
	else
		tap_not_ok "$1" "$text"
	fi
}

working()
{
	[ "$(p9doorbell raw snapshot | grep -o '"send":[1-9]' | wc -l)" -ge 64 ]
}

: >work
# Every wait is a stall, so that as many rows are looked at and judged as can be.
observer_start --stall-after 1ms || tap_not_ok daemon "$(tail -n 1 daemon.log)"
tick tick-empty "a tick over empty tables"
vmm run --name crowd --workload idle --still --hold --vms 60 --vcpus 16 --smt 4 </dev/null 2>crowd.log &
crowd=$!
wait_until 100 grep -q holding crowd.log || tap_not_ok crowd "$(tail -n 1 crowd.log)"
tick tick-new "a tick that asks for the names of new VMs"
wait_until 20 ticked $((count_end + 10)) || tap_say "their names are not known yet"
tick tick-idle "a tick over 960 vcpus, none of which works"
# Nice, as there is one CPU for all of them and the daemon; and stopped at work, so that
# what waits goes on waiting, tick by tick: nothing is dearer for the daemon.
vmm run --name active --nice 19 --workload storm --vms 4 --vcpus 16 --smt 4 --rounds 1000000 --param pause=0 \
	</dev/null 2>active.log &
active=$!
wait_until 20 working || tap_not_ok active "$(tail -n 1 active.log)"
kill -STOP "$active"
tick tick-active "a tick over 1,024 vcpus, 64 of which were at work"
p9doorbell raw stalls | grep -o '"ended_ns":null' >waiting
snapshot snapshot "a snapshot of 1,024 vcpus, 64 of which have worked"
p9doorbell status >work.txt
tap_say "$(sed -n 's/^tables *//p' work.txt); $(wc -l <waiting) wait, and are looked at in each tick"
kill -USR1 "$active"
kill -CONT "$active"
wait "$active" || tap_not_ok active "$(tail -n 1 active.log)"
kill -TERM "$crowd"
wait "$crowd"
observer_stop
out costs work work.txt status.json daemon.log
