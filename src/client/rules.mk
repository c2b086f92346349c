# SPDX-License-Identifier: GPL-2.0-only
#
# The client p9doorbell and the common library. Included by the top Makefile,
# which gives CC, AR, CFLAGS, CPPFLAGS, LDFLAGS and O (build/$(ARCH)).

COMMON_SRC := $(wildcard src/common/*.c)
COMMON_OBJ := $(COMMON_SRC:src/%.c=$(O)/obj/%.o)
CLIENT_SRC := $(wildcard src/client/*.c)
CLIENT_OBJ := $(CLIENT_SRC:src/%.c=$(O)/obj/%.o)

# All of the client but main(): what unit tests and the fuzz harness link with.
CLIENT_LIB := $(O)/libclient.a
CLIENT_LIBS ?= -lncursesw -ltinfo -ljson-c

$(COMMON_OBJ) $(CLIENT_OBJ): $(O)/obj/%.o: src/%.c src/client/rules.mk Makefile
	@echo "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/libcommon.a: $(COMMON_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(CLIENT_LIB): $(filter-out %/main.o,$(CLIENT_OBJ))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(O)/bin/p9doorbell: $(O)/obj/client/main.o $(CLIENT_LIB) $(O)/libcommon.a
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(O)/bin/p9doorbell-top: $(O)/bin/p9doorbell
	$(Q)ln -sf p9doorbell $@

# The man pages are made from the tables of the program and committed;
# man-check fails when they are not what the program says.
.PHONY: man man-check
man: $(O)/bin/p9doorbell
	$< help --man >docs/man/p9doorbell.1
	$< help --man top >docs/man/p9doorbell-top.1

man-check: $(O)/bin/p9doorbell
	@$< help --man | diff -u docs/man/p9doorbell.1 - && \
	 $< help --man top | diff -u docs/man/p9doorbell-top.1 - || \
	 { echo "the man pages are not what the tables say: make man"; exit 1; }

# The parser of the socket's lines under libFuzzer; clang, this machine only.
FUZZ_SRC := tests/fuzz/fuzz_snapshot.c $(filter-out %/main.c,$(CLIENT_SRC)) $(COMMON_SRC)
$(O)/bin/fuzz_snapshot: $(FUZZ_SRC) src/client/rules.mk
	@echo "  FUZZ    $@"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $(FUZZ_SRC) $(CLIENT_LIBS)

-include $(COMMON_OBJ:.o=.d) $(CLIENT_OBJ:.o=.d)
