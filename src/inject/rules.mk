# SPDX-License-Identifier: GPL-2.0-only
#
# p9doorbell-inject and its BPF object, which the daemon has no part of. What this
# machine can do is asked as the daemon asks it, and the daemon as the client asks it.

INJECT_SRC := $(wildcard src/inject/*.c)
INJECT_OBJ := $(INJECT_SRC:src/%.c=$(O)/obj/%.o)
INJECT_ASKS := $(addprefix $(O)/obj/daemon/,btf_file.o capability.o symbols.o vcpu_files.o) $(CLIENT_LIB)

.SECONDARY: $(BPF_O)/inject.bpf.o

$(O)/obj/inject/engine.o: $(BPF_O)/inject.skel.h

$(O)/obj/inject/%.o: src/inject/%.c src/inject/rules.mk Makefile
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -I$(BPF_O) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bin/p9doorbell-inject: $(INJECT_OBJ) $(INJECT_ASKS) $(O)/libcommon.a
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -ljson-c -lbpf -lelf -lz

# Its man page is made from its tables, as the client's are.
.PHONY: man-inject man-inject-check
man: man-inject
man-inject: $(O)/bin/p9doorbell-inject
	$< help --man >docs/man/p9doorbell-inject.8

man-check: man-inject-check
man-inject-check: $(O)/bin/p9doorbell-inject
	@$< help --man | diff -u docs/man/p9doorbell-inject.8 - || \
	 { echo "the man page is not what the tables say: make man"; exit 1; }

-include $(INJECT_OBJ:.o=.d)
