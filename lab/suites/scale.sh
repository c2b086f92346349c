# SPDX-License-Identifier: GPL-2.0-only
# about: 4,096 vcpus in the tables, 1,024 of which 64 work, 16 VMs x 16 vcpus at work: nothing lost, 16 MiB
# timeout: 400
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# A vcpu that never runs takes the same rows as one that does. What a tick costs is
# exact only where time is the instruction count: see bench. Here it is shown.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

rss_max_kb=16384

# status_of NAME: what the daemon says of itself, judged by what holds at any size.
status_of()
{
	p9doorbell status >"$1.txt"
	p9doorbell raw status >"$1.status.json"
	out "$1.txt" "$1.status.json"
	sed -n 's/^\(memory\|cpu\|tables\) .*/&/p' "$1.txt" | while read -r line; do tap_say "$1: $line"; done
	tap_is "$1/lost" "$(sed -n 's/^lost *//p' "$1.txt")" nothing
	rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$observer/status")
	if [ "$rss" -le "$rss_max_kb" ]; then
		tap_ok "$1/memory" "$rss kB at most so far"
	else
		tap_not_ok "$1/memory" "$rss kB, at most $rss_max_kb"
	fi
}

used()
{
	sed -n 's/^tables *//p' "$1.txt" | sed 's,/[0-9]*,,g'
}

# crowd_start OPTION...: VMs that exist and do nothing.
crowd_start()
{
	vmm run --name crowd --workload idle --still --hold "$@" </dev/null 2>crowd.log &
	crowd=$!
	wait_until 120 grep -q holding crowd.log || tap_not_ok crowd "$(tail -n 1 crowd.log)"
}

crowd_end()
{
	kill -TERM "$crowd"
	wait "$crowd"
}

# active NAME OPTION...: beside it VMs that work, whose truth scale.check compares.
active()
{
	name=$1
	shift
	vmm_start "$name" "$@"
	wait_until 200 vmm_holds || tap_say "$name: does not finish"
	p9doorbell raw snapshot >"$name.snapshot.json"
	status_of "$name"
	vmm_end || tap_not_ok "$name/vmm" "$(tail -n 1 "$name.log")"
	out "$name.truth.json" "$name.snapshot.json"
}

observer_start || tap_not_ok daemon "$(tail -n 1 daemon.log)"

crowd_start --vms 64 --vcpus 64 --smt 4
p9doorbell raw snapshot >full.snapshot.json
status_of full
tap_is full/rows "$(used full)" "vms 64 vcores 1024 vcpus 4096"
crowd_end

crowd_start --vms 60 --vcpus 16 --smt 8
active some --workload storm --vms 4 --vcpus 16 --smt 8 --rounds 100
tap_is some/rows "$(used some)" "vms 64 vcores 128 vcpus 1024"
crowd_end

active all --workload mix --vms 16 --vcpus 16 --smt 8 --rounds 60
tap_is all/rows "$(used all)" "vms 16 vcores 32 vcpus 256"

status_of end
tap_is end/rows "$(used end)" "vms 0 vcores 0 vcpus 0"
out full.snapshot.json daemon.log
observer_stop || tap_not_ok daemon-exit "exit status $?"
