# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Not a suite: the inside of `make demo`, run by lab/demo as
#
#   sh /lab/suites/lib-demo.sh screen          on a terminal, until the user quits
#   sh /lab/suites/lib-demo.sh lines SECONDS   snapshots as text
#
# A real Linux guest under IPI load, a payload VM of another vSMT mode that also
# reads DPDES and clears, the daemon, and the live view. At the end both guests
# stand still and say what they did; lab/demo compares.

. /lab/suites/lib-observer.sh
mode=$1 seconds=${2:-20}
export P9_GUESTS="$PWD/guests"
guest=/volumes/linux-guest/run.sh
name=debian

say()
{
	echo "demo: $* ($(cut -d. -f1 /proc/uptime) s)"
}

die()
{
	say "$*"
	$guest kill "$name"
	exit 1
}

# wait_until DEADLINE_S COMMAND...
wait_until()
{
	demo__end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$demo__end" ] || return 1
		sleep 0.1
	done
}

cd "$(mktemp -d)" || exit 1
say "starting p9doorbelld on an unmodified Linux $(uname -r)"
observer_start || die "p9doorbelld does not start"

say "booting a real Linux guest: Debian's kernel, Debian's QEMU, KVM, 4 threads a core"
$guest start name="$name" threads=4 base=1 trace=1 hold=1 loop=1 || die "no guest"

# From here on the guest works while somebody looks.
load()
{
	$guest wait "$name" base 150 && p9doorbell raw snapshot >base.snapshot.json && $guest say "$name" go
}

say "starting a payload VM: 8 threads a core; sends, DPDES reads, msgclrp at random"
vmm_start payload --workload mix --smt 8 --rounds 1000000000 --deadline 3600 \
	--param pause=100 --param hold=200 --param tick=40000 --param w-cede=400 --param w-mask=1

if [ "$mode" = screen ]; then
	load >load.log 2>&1 &
	loader=$!
	p9doorbell top
	say "waiting for the guests to finish"
	wait "$loader" || die "the Linux guest did not come up: $(tail -n 1 load.log)"
else
	load || die "the Linux guest did not come up"
	say "both guests at work: $seconds s of snapshots"
	p9doorbell top -b -i 2s -d "${seconds}s"
fi

$guest stop "$name" 60 || die "the Linux guest does not stop"
kill -USR1 "$vmm"
wait_until 60 vmm_holds || die "the payload does not finish"
p9doorbell raw snapshot >final.snapshot.json
p9doorbell raw status >status.json
cat "$P9_GUESTS/$name/pid" >linux.pid
vmm_end || say "the payload guest is not well: $(tail -n 1 payload.log)"
$guest off "$name" 60 || say "the Linux guest did not power off"
cp "$P9_GUESTS/$name/truth" linux.truth
observer_stop
cp base.snapshot.json final.snapshot.json status.json linux.pid linux.truth payload.truth.json daemon.log "$P9_OUT/"
