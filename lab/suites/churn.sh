# SPDX-License-Identifier: GPL-2.0-only
# about: 200 VMs come and go under observation: no leak, no mix-up, no stale row
# timeout: 240
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# Kernel addresses of vcpus are used again and again; each VM has a truth of its
# own. churn.check adds the truths up.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

rss_kb()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$observer/status"
}

# Tables far smaller than the number of VMs: rows have to be given back.
# What stalls here is the emulator: each stall is remembered with its doorbells, up to a
# bound, which would look like a leak.
observer_start --vms 16 --vcores 16 --vcpus 32 --stall-after 60s || tap_not_ok daemon "$(tail -n 1 daemon.log)"
vmm run --workload mix --smt 2 --vcpus 4 --rounds 30 --churn 10 --json warm.json 2>vmm.log
p9doorbell raw snapshot >/dev/null
before=$(rss_kb)
tap_run vmm vmm run --workload mix --smt 4 --vcpus 8 --vms 2 --rounds 25 --churn 100 --json churn.truth.json
p9doorbell raw snapshot >churn.snapshot.json
p9doorbell raw status >status.json
after=$(rss_kb)
if [ $((after - before)) -le 256 ]; then
	tap_ok memory "$before kB before, $after kB after 200 VMs"
else
	tap_not_ok memory "$before kB before, $after kB after 200 VMs"
fi
observer_stop
out warm.json churn.truth.json churn.snapshot.json status.json daemon.log
