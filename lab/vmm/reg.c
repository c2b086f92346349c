// SPDX-License-Identifier: GPL-2.0-only
/* ONE_REG by name. A vcpu's registers can only be had while it is out of KVM_RUN. */
#include "vmm.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

const struct reg regs[] = {
	{ "DPDES", KVM_REG_PPC_DPDES, "pending doorbell of this vcpu" },
	{ "LPCR", KVM_REG_PPC_LPCR_64, "logical partition control" },
	{ "VTB", KVM_REG_PPC_VTB, "virtual timebase" },
	{ "TB_OFFSET", KVM_REG_PPC_TB_OFFSET, "guest timebase minus host timebase" },
	{ "DEC_EXPIRY", KVM_REG_PPC_DEC_EXPIRY, "guest timebase at which the decrementer is due" },
	{ "TIDR", KVM_REG_PPC_TIDR, "thread id register" },
	{ "PSSCR", KVM_REG_PPC_PSSCR, "processor stop status and control" },
	{ "PPR", KVM_REG_PPC_PPR, "program priority" },
	{ NULL, 0, NULL },
};

const struct reg *reg__find(const char *name)
{
	for (const struct reg *reg = regs; reg->name; reg++)
		if (!strcasecmp(reg->name, name))
			return reg;
	return NULL;
}

static size_t reg_size(uint64_t id)
{
	return (size_t)1 << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

int reg__get(int vcpu_fd, const struct reg *reg, uint64_t *value)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;
	bool is_wide = reg_size(reg->id) == sizeof(wide);
	struct kvm_one_reg one = {
		.id = reg->id,
		.addr = (uint64_t)(is_wide ? (uintptr_t)&wide : (uintptr_t)&narrow),
	};

	if (ioctl(vcpu_fd, KVM_GET_ONE_REG, &one))
		return -errno;
	*value = is_wide ? wide : narrow;
	return 0;
}

int reg__set(int vcpu_fd, const struct reg *reg, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;
	bool is_wide = reg_size(reg->id) == sizeof(value);
	struct kvm_one_reg one = {
		.id = reg->id,
		.addr = (uint64_t)(is_wide ? (uintptr_t)&value : (uintptr_t)&narrow),
	};

	return ioctl(vcpu_fd, KVM_SET_ONE_REG, &one) ? -errno : 0;
}
