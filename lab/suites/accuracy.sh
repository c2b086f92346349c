# SPDX-License-Identifier: GPL-2.0-only
# about: every number of the observer equals what the guests themselves counted
# timeout: 400
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# Each workload runs in VMs of its own, which then hold still: the observer is
# asked while nothing moves, and its numbers are put beside the guests' truth.
# accuracy.check does the comparing, outside, with both files in hand. Every
# latency is recorded one by one too, so the histograms can be checked against
# exact quantiles of the same run.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

# NAME and options of vmm. More vcpus than host CPUs, several VMs and vcores, every vSMT mode.
cases='
ping-pong-smt4    --workload ping-pong --smt 4 --rounds 1500
ping-pong-smt8    --workload ping-pong --smt 8 --rounds 500 --param wait=2
ping-pong-smt2x2  --workload ping-pong --smt 2 --vcpus 4 --vms 2 --rounds 500
storm-smt8        --workload storm --smt 8 --rounds 1500
storm-smt4x2      --workload storm --smt 4 --vcpus 8 --rounds 1200
burst             --workload burst --smt 4 --rounds 150
ceded             --workload ceded --smt 4 --rounds 500
masked            --workload masked --smt 4 --rounds 400
dpdes-poll        --workload dpdes-poll --smt 4 --rounds 500
clear             --workload clear --smt 4 --rounds 500
invalid           --workload invalid --smt 4 --vcpus 3 --rounds 500
smt1              --workload storm --smt 1 --vcpus 2 --rounds 1000
mix               --workload mix --smt 8 --rounds 1500
hash              --workload mix --smt 4 --rounds 600 --hash
pinned            --workload mix --smt 4 --rounds 1000 --pin spread
idle              --workload idle --smt 4 --rounds 20
'

observer_start --record-samples samples.txt || tap_not_ok daemon "$(tail -n 1 daemon.log)"

one()
{
	name=$1
	shift
	[ -z "${P9_CASE-}" ] || [ "$P9_CASE" = "$name" ] || return 0
	vmm_start "$name" "$@"
	wait_until 120 vmm_holds || tap_say "$name: does not finish"
	p9doorbell raw snapshot >"$name.snapshot.json"
	vmm_end || {
		tap_not_ok "$name/vmm" "$(tail -n 1 "$name.log")"
		return 0
	}
	out "$name.truth.json" "$name.snapshot.json"
}

echo "$cases" >cases
while read -r line; do
	# shellcheck disable=SC2086 # a case is words
	[ -z "$line" ] || one $line
done <cases

p9doorbell raw snapshot >end.snapshot.json
p9doorbell raw status >status.json
observer_stop || tap_not_ok daemon-exit "exit status $?"
out end.snapshot.json status.json samples.txt daemon.log
tap_ok ran "$(grep -c . cases) workloads"
