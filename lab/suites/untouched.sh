# SPDX-License-Identifier: GPL-2.0-only
# about: who looks at a stalled vcpu touches it not: kicks, IPIs, signals, wake-ups and exits are counted
# timeout: 120
# smp: 2
# needs: vmm p9doorbelld p9doorbell ask freeze touched
# shellcheck shell=sh
#
# A vcpu has CPU 1 for itself and stays in its guest with interrupts off, while a
# doorbell waits for it. For two seconds of that, `touched` counts all that may
# disturb it, by who did it, and its exits, by what for; untouched.check judges.
# The observer is what is named p9doorbell*. Once it is one that does touch.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

count_ms=2000
hold_us=3000000

# look NAME [COMMAND]: a stalled vcpu, looked at by COMMAND again and again meanwhile.
look()
{
	name=$1
	shift
	vmm_start "$name" --workload stall --smt 2 --pin 0,1 --rounds 1 --param cause=1 --param nudge=0 \
		--param hold=$hold_us --cue "echo \$VCPU_TID >tid; exec touched \$VCPU_TID 1 $count_ms $name.touched.json"
	until [ -s "$name.touched.json" ] || vmm_holds; do
		"${1:-sleep}" 0.05
	done
	wait_until 60 vmm_holds || tap_say "$name: does not finish"
	vmm_end || tap_not_ok "$name/vmm" "$(tail -n 1 "$name.log")"
	out "$name.touched.json"
}

daemonless()
{
	p9doorbell snapshot >looked.txt || tap_not_ok "$name/looks" "exit status $?"
}

clients()
{
	p9doorbell stalls >>stalls.txt
	p9doorbell status >status.txt
}

# It is named like one of ours, and does what a debugger, a shell and a VMM do.
touching()
{
	[ -s tid ] || return 0
	./p9doorbell-red "$(cat tid)" 20 >/dev/null
	./p9doorbell-kill "$(cat tid)"
	./p9doorbell-vmm --check >/dev/null
}

taskset -p 1 $$ >/dev/null
cp /bin/ask ./p9doorbell-ask
cp /bin/freeze ./p9doorbell-red
cp /bin/vmm ./p9doorbell-vmm
# shellcheck disable=SC2016 # its own argument
printf '#!/bin/sh\nkill -CONT "$1"\n' >p9doorbell-kill
chmod +x p9doorbell-kill

look nobody
if [ -e /sys/kernel/tracing/events/kvm_hv/kvm_doorbell_send ]; then
	tap_skip sees-kicks "a patched kernel kicks for doorbells in code of its own, inlined"
else
	tap_run sees-kicks grep '"other":{"kicks":1' nobody.touched.json
fi
look daemonless daemonless
look touching touching
observer_start --stall-after 10ms || tap_not_ok daemon "$(tail -n 1 daemon.log)"
look daemon
./p9doorbell-ask $P9_SOCKET 10 snapshot >/dev/null 8>&- &
asking=$!
look clients clients
kill -TERM "$asking"
wait "$asking" || tap_not_ok asked "exit status $?"
observer_stop || tap_not_ok daemon-exit "exit status $?"
grep -q late-guest stalls.txt || tap_not_ok stalled "no stall was shown"
out stalls.txt daemon.log
