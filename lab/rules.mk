# SPDX-License-Identifier: GPL-2.0-only
#
# The VMM and the payload of the lab; included by the top Makefile, and usable
# alone: make -f lab/rules.mk lab-programs. Both are ppc64le always. lab-unit
# runs the tests of the VMM that need no KVM, on this machine.

LAB_CROSS ?= $(if $(filter ppc64le,$(shell uname -m)),,powerpc64le-linux-gnu-)
LAB_CC ?= $(LAB_CROSS)gcc
LAB_OBJCOPY ?= $(LAB_CROSS)objcopy
LAB_OUT := build/ppc64le
LAB_GUEST_OBJ := $(LAB_OUT)/obj/lab/guest
LAB_VMM_OBJ := $(LAB_OUT)/obj/lab/vmm
LAB_Q := $(if $(V),,@)

LAB_WARN := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
LAB_VMM_CFLAGS := $(LAB_WARN) -D_GNU_SOURCE -O2 -g -pthread
# No vector or floating point: the payload saves no such register and turns none on.
LAB_GUEST_CFLAGS := $(LAB_WARN) -O2 -g -mcpu=power9 -ffreestanding -fno-builtin -fno-pic \
	-fno-stack-protector -fno-asynchronous-unwind-tables -mcmodel=medium \
	-mno-altivec -mno-vsx -msoft-float -ffixed-r13
LAB_GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

LAB_GUEST_SRC := start.S core.c workloads.c message.c conformance.c misuse.c stall.c
LAB_VMM_SRC := main.c options.c workload.c check.c reg.c payload.c vm.c vcpu.c mmu.c service.c truth.c json.c
LAB_GUEST_O := $(addprefix $(LAB_GUEST_OBJ)/,$(addsuffix .o,$(LAB_GUEST_SRC)))
LAB_VMM_O := $(addprefix $(LAB_VMM_OBJ)/,$(addsuffix .o,$(LAB_VMM_SRC) payload.S))
LAB_PAYLOAD := $(LAB_OUT)/guest/doorbell.elf
LAB_SMALL := ask bpf-progs freeze hog order pulse timebases
LAB_WITH_BPF := deaf delay touched

.PHONY: lab-programs
lab-programs: $(LAB_OUT)/bin/vmm $(addprefix $(LAB_OUT)/bin/,$(LAB_SMALL) $(LAB_WITH_BPF)) $(LAB_PAYLOAD) $(LAB_OUT)/guest/doorbell.bin

$(LAB_GUEST_OBJ)/%.o: lab/guest/% lab/rules.mk
	@echo "  GUEST   $<"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) $(LAB_GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(LAB_PAYLOAD): $(LAB_GUEST_O) lab/guest/payload.ld
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) $(LAB_GUEST_LDFLAGS) -Wl,-T,lab/guest/payload.ld -o $@ $(LAB_GUEST_O)

$(LAB_OUT)/guest/doorbell.bin: $(LAB_PAYLOAD)
	@echo "  IMAGE   $@"
	$(LAB_Q)$(LAB_OBJCOPY) -O binary $< $@

$(LAB_VMM_OBJ)/payload.S.o: lab/vmm/payload.S $(LAB_PAYLOAD)
	@echo "  AS      $<"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) -DPAYLOAD_ELF='"$(LAB_PAYLOAD)"' -c -o $@ $<

$(LAB_VMM_OBJ)/%.c.o: lab/vmm/%.c lab/rules.mk
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) $(LAB_VMM_CFLAGS) -MMD -MP -c -o $@ $<

$(LAB_OUT)/bin/vmm: $(LAB_VMM_O)
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) -static -pthread -o $@ $^

# The parts that know no KVM constant, so that they build everywhere.
LAB_UNIT := build/$(shell uname -m)/tests/test_vmm
LAB_UNIT_SRC := lab/vmm/tests/test_vmm.c $(addprefix lab/vmm/,options.c workload.c truth.c json.c payload.c)

$(LAB_UNIT): $(LAB_UNIT_SRC) lab/vmm/vmm.h lab/vmm/json.h lab/guest/truth.h lab/rules.mk
	@echo "  CC      $@"
	@mkdir -p $(@D)
	$(LAB_Q)cc $(LAB_VMM_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $(LAB_UNIT_SRC) -lcmocka

.PHONY: lab-unit
lab-unit: $(LAB_UNIT)
	$(LAB_Q)$(LAB_UNIT)

-include $(LAB_GUEST_O:.o=.d) $(LAB_VMM_O:.o=.d)

# Small tools of the suites.
$(addprefix $(LAB_OUT)/bin/,$(LAB_SMALL)): $(LAB_OUT)/bin/%: lab/tools/%.c lab/rules.mk
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) $(LAB_WARN) -D_GNU_SOURCE -Iinclude -O2 -pthread -static -o $@ $<

# These carry a BPF program; they are linked against the same sysroot as the daemon.
LAB_CLANG ?= $(or $(CLANG),clang)
LAB_BPFTOOL ?= $(or $(BPFTOOL),$(firstword $(wildcard /usr/sbin/bpftool) bpftool))
LAB_BPF := build/bpf/lab
LAB_BPF_CFLAGS = -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -I/usr/include/$(shell gcc -print-multiarch)
# Asked for once, and only when something is linked against it.
LAB_SYSROOT = $(if $(LAB_CROSS),$(eval LAB_SYSROOT := $$(or $$(shell scripts/sysroot),$$(error no sysroot: what to do stands above)))$(LAB_SYSROOT))

$(LAB_BPF)/%.bpf.o: lab/tools/%.bpf.c lab/tools/delay.h lab/tools/touched.h lab/rules.mk
	@echo "  BPF     $<"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CLANG) $(LAB_BPF_CFLAGS) -c -o $@ $<

.SECONDARY: $(LAB_WITH_BPF:%=$(LAB_BPF)/%.bpf.o) $(LAB_WITH_BPF:%=$(LAB_BPF)/%.skel.h)

$(LAB_BPF)/%.skel.h: $(LAB_BPF)/%.bpf.o
	@echo "  SKEL    $@"
	$(LAB_Q)$(LAB_BPFTOOL) gen skeleton $< name $*_bpf >$@

$(addprefix $(LAB_OUT)/bin/,$(LAB_WITH_BPF)): $(LAB_OUT)/bin/%: lab/tools/%.c lab/tools/delay.h lab/tools/touched.h $(LAB_BPF)/%.skel.h lab/rules.mk
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(LAB_Q)$(LAB_CC) $(LAB_WARN) -D_GNU_SOURCE -O2 -static $(if $(LAB_CROSS),--sysroot=$(LAB_SYSROOT)) -I$(LAB_BPF) \
		-o $@ $< -lbpf -lelf -lz
