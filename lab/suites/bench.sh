# SPDX-License-Identifier: GPL-2.0-only
# about: what ops cost, and what observing them costs, in instructions, exactly
# timeout: 400
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
	patched/send) most=1150 ;;
	patched/coalesced) most=500 ;;
	patched/*) most=450 ;;
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

provider=stock
p9doorbelld --doctor >doctor.txt
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
out costs status.json daemon.log
