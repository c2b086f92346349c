# SPDX-License-Identifier: GPL-2.0-only
# about: the machine is what every other suite takes for granted
# timeout: 60
# shellcheck shell=sh
#
# Kernel, KVM-HV, BTF, file systems, and that our programs run at all. A program
# that is not built is skipped by name, so that the lab can be tried first.

. /lab/suites/lib.sh

# A program that prints its version runs: it is linked right for this machine.
version()
{
	if have "$1"; then
		tap_run "program-$1" "$1" --version
	else
		tap_skip "program-$1" "not built: build/ppc64le/bin/$1"
	fi
}

tap_is cpu "$(awk -F': *' '/^cpu/ { print substr($2, 1, 6); exit }' /proc/cpuinfo)" POWER9
tap_is platform "$(awk -F': *' '/^platform/ { print $2 }' /proc/cpuinfo)" PowerNV
tap_is mmu "$(awk -F': *' '/^MMU/ { print $2 }' /proc/cpuinfo)" Radix
tap_ok cpus "$(grep -c ^processor /proc/cpuinfo) host CPUs, $(awk '/^KernelPageSize/ { print $2 $3; exit }' /proc/self/smaps) pages"

tap_is module-kvm-hv "$(awk '$1 == "kvm_hv" { print $5 }' /proc/modules)" Live
if [ -c /dev/kvm ]; then
	tap_ok dev-kvm
else
	tap_not_ok dev-kvm "there is no /dev/kvm"
fi

if [ "$P9_BTF" != no ]; then
	tap_run btf test -s /sys/kernel/btf/vmlinux
	tap_run btf-kvm-hv test -s /sys/kernel/btf/kvm_hv
else
	tap_is btf-none "$(ls /sys/kernel/btf 2>/dev/null)" ""
	tap_run btf-shipped test -s "/share/p9doorbell/btf/$(uname -r).btf"
fi
for t in kvm_guest_enter kvm_guest_exit kvmppc_run_vcpu_exit; do
	tap_run "tracepoint-$t" test -d "/sys/kernel/tracing/events/kvm_hv/$t"
done
tap_run bpffs test -d /sys/fs/bpf
tap_run unix-group grep -q '^p9doorbell:' /etc/group

version p9doorbelld
version p9doorbell
version p9doorbell-top
if have vmm; then
	tap_run vmm-check vmm --check
else
	tap_skip vmm-check "not built: build/ppc64le/bin/vmm"
fi

cat /proc/version /proc/cmdline >facts.txt
out facts.txt
