// SPDX-License-Identifier: GPL-2.0-only
/* vmm --check: can this machine run our guests, and if not, what is to be done. */
#include "vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return "load the module: modprobe kvm-hv (needs a POWER9 in hypervisor mode)";
	case EACCES:
	case EPERM:
		return "run as root or join the group of /dev/kvm (usually kvm)";
	case EBUSY:
		return "another hypervisor has the machine";
	default:
		return "see the kernel log";
	}
}

static int missing(FILE *out, const char *what, int error)
{
	fprintf(out, "vmm: %s: %s\n  remedy: %s\n", what, strerror(error), remedy(error));
	return 1;
}

static const struct {
	const char *name;
	int cap;
	bool needed;
} caps[] = {
	{ "PPC_PAPR", KVM_CAP_PPC_PAPR, true },
	{ "ONE_REG", KVM_CAP_ONE_REG, true },
	{ "PPC_MMU_RADIX", KVM_CAP_PPC_MMU_RADIX, true },
	{ "PPC_MMU_HASH_V3", KVM_CAP_PPC_MMU_HASH_V3, false },
	{ "PPC_SMT", KVM_CAP_PPC_SMT, true },
	{ "PPC_SMT_POSSIBLE", KVM_CAP_PPC_SMT_POSSIBLE, true },
	{ "IMMEDIATE_EXIT", KVM_CAP_IMMEDIATE_EXIT, true },
	{ "PPC_NESTED_HV", KVM_CAP_PPC_NESTED_HV, false },
	{ "NR_VCPUS", KVM_CAP_NR_VCPUS, false },
	{ "MAX_VCPU_ID", KVM_CAP_MAX_VCPU_ID, false },
};

static int show_caps(FILE *out, int vm)
{
	int smt = 8, result = 0;

	for (size_t i = 0; i < sizeof(caps) / sizeof(*caps); i++) {
		int value = ioctl(vm, KVM_CHECK_EXTENSION, caps[i].cap);

		fprintf(out, "%-18s %d%s\n", caps[i].name, value,
			caps[i].needed && value <= 0 ? "  MISSING, needed" : "");
		result |= caps[i].needed && value <= 0;
	}
	for (; smt > 1; smt /= 2) {
		struct kvm_enable_cap cap = { .cap = KVM_CAP_PPC_SMT, .args = { (uint64_t)smt } };

		if (!ioctl(vm, KVM_ENABLE_CAP, &cap))
			break;
	}
	fprintf(out, "%-18s %d\n", "max vSMT", smt);
	return result;
}

int check__run(FILE *out)
{
	int kvm, vm, result;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return missing(out, "/dev/kvm", errno);
	fprintf(out, "%-18s %d\n", "KVM API", ioctl(kvm, KVM_GET_API_VERSION, 0));
	vm = ioctl(kvm, KVM_CREATE_VM, 1ul);	/* 1: HV, never PR */
	if (vm < 0) {
		result = missing(out, "KVM-HV virtual machine", errno == EINVAL ? ENODEV : errno);
	} else {
		fprintf(out, "%-18s yes\n", "KVM-HV");
		result = show_caps(out, vm);
		close(vm);
	}
	close(kvm);
	return result;
}
