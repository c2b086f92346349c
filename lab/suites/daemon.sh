# SPDX-License-Identifier: GPL-2.0-only
# about: the daemon's life: refusals, permissions, kill -9, restart, VMs that were there before
# timeout: 180
# needs: p9doorbelld p9doorbell vmm bpf-progs
# shellcheck shell=sh

. /lab/suites/lib.sh
. /lab/suites/lib-observer.sh

# says NAME FILE TEXT...: every TEXT stands in FILE.
says()
{
	says__name=$1 says__file=$2
	shift 2
	for says__text; do
		grep -qF -- "$says__text" "$says__file" || {
			tap_not_ok "$says__name" "'$says__text' is not said: $(tail -n 2 "$says__file" | tr '\n' ' ')"
			return
		}
	done
	tap_ok "$says__name" "$(head -n 1 "$says__file")"
}

# refused NAME OPTIONS TEXT...: the daemon does not start and says why.
refused()
{
	refused__name=$1 refused__options=$2
	shift 2
	# shellcheck disable=SC2086 # options are words
	p9doorbelld $refused__options 2>refused.log
	tap_is "$refused__name-status" $? 1
	says "$refused__name" refused.log "$@"
}

nobody_left()
{
	! bpf-progs | grep -qE '^on_[a-z_]+$'
}

doctor_says()
{
	p9doorbelld --doctor >doctor.txt
	tap_is "$1-status" $? "$2"
	name=$1
	shift 2
	says "$name" doctor.txt "$@"
}

# What is no BTF of this kernel is never taken, and what to do about it is said.
refused refuses-no-btf "--btf none" "btf is missing" "declined" "CONFIG_DEBUG_INFO_BTF=y" "scripts/btf"
refused refuses-absent-btf "--btf /absent.btf" "btf is missing: /absent.btf: No such file" "scripts/btf"
refused refuses-other-btf "--btf /etc/passwd" "btf is missing: /etc/passwd: it is no BTF" "scripts/btf"
btf=/share/p9doorbell/btf/$(uname -r).btf
if [ "$P9_BTF" = no ]; then
	sed 's/build_id_..../build_id_0000/' "$btf" >other.btf
	refused refuses-btf-of-another "--btf other.btf" "it is of the kernel build 0000"
	mv "$btf" hidden.btf
	refused refuses-without-btf "" "btf is missing: no /sys/kernel/btf/vmlinux; $btf: No such file"
	p9doorbelld --look 2>look.log
	tap_is look-without-btf-status $? 1
	says look-without-btf look.log "btf is missing"
	says doctor-with-btf-by-hand "$(p9doorbelld --btf hidden.btf --doctor >hand; echo hand)" "hidden.btf, of this very"
	mv hidden.btf "$btf"
fi

# Debian's 6.1 interprets BPF, and the remedy is heeded here.
if [ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 0 ]; then
	doctor_says doctor-without-jit 1 "missing  jit" "sysctl net.core.bpf_jit_enable=1" "usable, some"
	sysctl -w net.core.bpf_jit_enable=1
fi
doctor_says doctor 0 "everything can be shown"
clock=estimated
! grep -q ' boot_tb$' /proc/kallsyms || clock=exact
says doctor-sched-clock doctor.txt "ok       sched_clock  $clock"
p9doorbell status 2>client.log
tap_is client-without-daemon-status $? 1
says client-without-daemon client.log "p9doorbelld"

# One way to the events of doorbells, never both: programs on every exit only where there must be.
one_way()
{
	way=stock there=on_enter absent=on_send
	if [ -e /sys/kernel/tracing/events/kvm_hv/kvm_doorbell_send ]; then
		way=patched there=on_send absent=on_enter
	fi
	bpf-progs >programs
	if grep -qx $there programs && ! grep -qx $absent programs; then
		tap_ok one-way "$way: $(grep -c '^on_' programs) programs"
	else
		tap_not_ok one-way "$way: $(tr '\n' ' ' <programs)"
	fi
}

# VMs first: the daemon finds what was there before it.
vmm_start early --workload storm --smt 4 --rounds 50
wait_until 60 vmm_holds
observer_start || tap_not_ok starts "$(tail -n 1 daemon.log)"
p9doorbell raw snapshot >early.json
one_way
says finds-earlier-vms early.json '"vcpus":4' '"name":"early"' '"thread":3'
p9doorbelld --look >look.json
says looks-at-them look.json '"name":"early"' '"vcpu":0' '"vcpu":3' '"smt":4'
vmm_end

p9doorbelld 2>second.log
tap_is second-status $? 1
says second-refuses second.log "another p9doorbelld is running: pid $observer" "kill $observer"
tap_run first-lives p9doorbell raw hello

tap_is socket-mode "$(stat -c '%a %U %G' $P9_SOCKET)" "660 root p9doorbell"
tap_run member-may su member -s /bin/sh -c "p9doorbell raw hello"
su stranger -s /bin/sh -c "p9doorbell status" 2>stranger.log
tap_is stranger-status $? 1
says stranger-may-not stranger.log "EACCES" "p9doorbell"
su member -s /bin/sh -c "p9doorbelld --run-dir /tmp/member" 2>member.log
tap_is member-daemon-status $? 1
says member-daemon-refuses member.log "CAP_SYS_ADMIN missing" "run p9doorbelld as root"
p9doorbell raw nonsense >nonsense.json 2>&1
says bad-request nonsense.json 'bad-request'

# Killed in the middle of work, it leaves nothing; the next one works.
vmm_start killed --workload storm --smt 4 --rounds 3000
kill -9 "$observer"
wait "$observer" 2>/dev/null
if wait_until 20 nobody_left; then
	tap_ok nothing-left-by-kill-9
else
	tap_not_ok nothing-left-by-kill-9 "$(bpf-progs | tr '\n' ' ')"
fi
wait_until 90 vmm_holds
vmm_end
tap_is guest-of-a-killed-observer $? 0
observer_start || tap_say "$(tail -n 1 daemon.log)"
tap_run restarts p9doorbell raw hello
vmm run --workload storm --smt 4 --rounds 100 --json again.json 2>again.log
p9doorbell raw snapshot >again.snapshot.json
says counts-again again.snapshot.json '"gone":{"vms":1,"vcpus":4,"ops":{"send":400,'
observer_stop
tap_is stops $? 0
if wait_until 20 nobody_left; then tap_ok nothing-left-by-stop; else tap_not_ok nothing-left-by-stop; fi
tap_is socket-gone "$(ls $P9_SOCKET 2>/dev/null)" ""

# Without kvm_hv there is nothing to see; when it is back, there is.
if rmmod kvm_hv 2>rmmod.log; then
	doctor_says doctor-without-kvm-hv 2 "MISSING  kvm_hv" "modprobe kvm-hv" "not usable"
	refused refuses-without-kvm-hv "" "kvm_hv is missing" "modprobe kvm-hv"
	tap_run load-kvm-hv insmod /lib/modules/kvm_hv.ko
	observer_start || tap_say "$(tail -n 1 daemon.log)"
	tap_run after-reload p9doorbell raw hello
	observer_stop
else
	tap_not_ok unload-kvm-hv "$(cat rmmod.log)"
fi
out ./*.log
