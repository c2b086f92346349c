# SPDX-License-Identifier: GPL-2.0-only
# about: recordings: a stall and the doorbells around it, as files and over the socket
# timeout: 240
# smp: 3
# needs: vmm p9doorbelld p9doorbell
# shellcheck shell=sh
#
# The target's thread computes in the VMM while a doorbell waits for it, four times. Its
# guest counts every doorbell, and how long the longest took; recorder.check holds the
# recordings against that.

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

rounds=4
hold_us=400000

# Seen to its end, as the daemon logs it.
ended()
{
	[ "$(grep -c 'ended after' daemon.log)" -ge "$1" ]
}

# stalls NAME COUNT: one each round, until the daemon has seen COUNT end.
stalls()
{
	vmm_start "$1" --workload stall --rounds $rounds --smt 2 --pin 0,1 --param cause=3 \
		--param hold=$hold_us --deadline 60
	wait_until 60 vmm_holds || tap_not_ok "$1" "does not finish"
	wait_until 10 ended "$2" || tap_not_ok "$1/ended" "$(tail -n 1 daemon.log)"
}

taskset -p 1 $$ >/dev/null
mkdir full
mount -t tmpfs -o size=256k recordings full || tap_not_ok mount
observer_start --stall-after 50ms --record-dir kept --record-keep 3 || tap_not_ok daemon "$(tail -n 1 daemon.log)"
stalls first $rounds
for id in 1 2 3 4; do
	p9doorbell recording --json $id >answer.$id.json || tap_not_ok "recording-$id"
	out answer.$id.json
done
p9doorbell raw snapshot >snapshot.json
p9doorbell raw status >status.json
p9doorbell recording 4711 2>unknown.log
tap_is unknown-id $? 1 "$(head -n 1 unknown.log)"
vmm_end
observer_stop || tap_not_ok daemon-exit
tap_is kept "$(find kept -type f | wc -l)" 3 "of $rounds stalls, as many as are kept"
tap_is mode "$(stat -c '%a %U %G' kept)" "750 root p9doorbell"
for file in kept/*.json; do
	tap_is "mode-of-$(basename "$file" .json | sed 's/.*Z-//')" "$(stat -c '%a %U %G' "$file")" "640 root p9doorbell"
	cp "$file" "file.$(basename "$file" .json | sed 's/.*stall-//').json"
	tap_run "shows-$(basename "$file" .json | sed 's/.*Z-//')" p9doorbell recording --file "$file"
done
p9doorbell recording --file file.4.json >shown.txt
cat shown.txt
out file.*.json snapshot.json status.json first.truth.json shown.txt

# A disk that is full: said once, counted, and the daemon goes on.
dd if=/dev/zero of=full/ballast bs=4096 2>/dev/null
mv daemon.log first.log
observer_start --stall-after 50ms --record-dir full || tap_not_ok full/daemon "$(tail -n 1 daemon.log)"
stalls full 1
tap_is full/said "$(grep -c 'cannot record stall .*ENOSPC' daemon.log)" 1 "$(grep -m 1 'cannot record' daemon.log)"
rm full/ballast
vmm_end
stalls room $(($(grep -c 'ended after' daemon.log) + 1))
tap_is full/said-that-there-is-room "$(grep -c 'recorded again' daemon.log)" 1
p9doorbell raw status >full.json
tap_run full/counted grep -qE '"failed":[1-9]' full.json
vmm_end
observer_stop || tap_not_ok full/daemon-exit
tap_is full/nothing-half-written "$(find full -name '.*.tmp' | wc -l)" 0
umount full
out daemon.log first.log full.json
