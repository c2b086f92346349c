# SPDX-License-Identifier: GPL-2.0-only
#
# The BPF object, its skeleton, and the daemon. The object is the same for
# every build: its registers are powerpc's wherever it is compiled.

BPF_O := build/bpf
# Not :=, for it runs gcc: the first make on a new machine is what installs it.
BPF_CFLAGS = -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_powerpc -Wall -Wextra -Werror \
	-Wno-unused-parameter -Iinclude -Ibpf -I/usr/include/$(shell gcc -print-multiarch)

DAEMON_SRC := main.c btf_file.c capability.c group.c law.c look.c probe.c recorder.c recording.c \
	request.c sched_clock.c serve.c stall.c symbols.c tables.c timebase.c vcpu_files.c verdict.c watch.c
DAEMON_OBJ := $(DAEMON_SRC:%.c=$(O)/obj/daemon/%.o)

$(BPF_O)/%.bpf.o: bpf/%.bpf.c src/daemon/rules.mk
	@echo "  BPF     $<"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

# make takes it for a mere step on the way and would remove it, and say so.
.SECONDARY: $(BPF_O)/observe.bpf.o $(BPF_O)/plain.bpf.o $(BPF_O)/look.bpf.o

$(BPF_O)/%.skel.h: $(BPF_O)/%.bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

$(O)/obj/daemon/probe.o: $(BPF_O)/observe.skel.h $(BPF_O)/plain.skel.h
$(O)/obj/daemon/look.o: $(BPF_O)/look.skel.h

$(O)/obj/daemon/%.o: src/daemon/%.c src/daemon/rules.mk Makefile
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -I$(BPF_O) $(CFLAGS) -MMD -MP -c -o $@ $<

# BTF of kernels that have none, where the daemon looks for it: beside itself.
DAEMON_BTF := $(patsubst bpf/%,$(O)/share/p9doorbell/%,$(wildcard bpf/btf/*.btf))

$(O)/share/p9doorbell/btf/%.btf: bpf/btf/%.btf
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(O)/bin/p9doorbelld: $(DAEMON_OBJ) $(O)/libcommon.a
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -ljson-c -lbpf -lelf -lz

-include $(DAEMON_OBJ:.o=.d) $(wildcard $(BPF_O)/*.d)
