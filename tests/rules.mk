# SPDX-License-Identifier: GPL-2.0-only
#
# Tests that need no lab, all for this machine whatever is being cross-built;
# everything they make is under build/test/.
#
#   make unit         tests/unit, with AddressSanitizer and UBSan; the threads also with TSan
#   make code-mutants breaks a copy of the code, line by line: each time a test must turn red
#   make bpf-test     the state machine in this kernel's BPF against the native one
#   make btf-test     the BTF we ship has all that the programs read
#   make fuzz-smoke   every harness in tests/fuzz for FUZZ_SECONDS
#   make host-tests   all of these, and the other rooms' tests that boot nothing
#
# Each test leaves its lines in build/test/results.tap (scripts/tap-run).

TEST_O := build/test
TEST_CC ?= gcc
TEST_RUN := scripts/tap-run
TEST_TIMEOUT ?= 300
FUZZ_SECONDS ?= 10

TEST_CPPFLAGS := $(CPPFLAGS) -Itests/unit
TEST_CFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer $(WARN)
TEST_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_LIBS := -lcmocka -ljson-c -lncursesw -ltinfo -pthread

# What can be tested without a kernel: all of the client but main(), and the
# rooms of the daemon that know no BPF.
TEST_CODE := $(wildcard src/common/*.c) $(filter-out %/main.c,$(wildcard src/client/*.c)) \
	$(addprefix src/daemon/,btf_file.c group.c law.c recorder.c recording.c request.c sched_clock.c stall.c \
		symbols.c tables.c timebase.c verdict.c watch.c) \
	$(addprefix src/inject/,campaign.c chart.c claim.c compare.c gather.c html.c junit.c kernel_log.c machine.c observer.c \
		oracle.c page.c plan.c plan_text.c plan_token.c rank.c reach.c safety.c shrink.c strategy.c target.c \
		tell.c trial.c)
TEST_CODE_O := $(TEST_CODE:src/%.c=$(TEST_O)/obj/%.o)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT := $(UNIT_SRC:tests/unit/%.c=$(TEST_O)/unit/%)

$(TEST_O)/obj/%.o: src/%.c tests/rules.mk
	@echo "  CC      $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) $(TEST_SAN) -MMD -MP -c -o $@ $<

$(TEST_O)/libcode.a: $(TEST_CODE_O)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(TEST_O)/unit/%: tests/unit/%.c $(TEST_O)/libcode.a tests/rules.mk
	@echo "  CC      $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) $(TEST_SAN) -MMD -MP -o $@ $< \
		$(TEST_O)/libcode.a $(TEST_LIBS)

# The client itself, for tests that run it.
$(TEST_O)/bin/p9doorbell: $(TEST_O)/obj/client/main.o $(TEST_O)/libcode.a
	@echo "  LINK    $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CFLAGS) $(TEST_SAN) -o $@ $^ $(TEST_LIBS)

$(TEST_O)/tsan/%: tests/unit/%.c tests/rules.mk
	@echo "  TSAN    $@"
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CPPFLAGS) $(TEST_CFLAGS) -fsanitize=thread -MMD -MP -o $@ $< \
		-lcmocka -pthread

# Not every compiler brings ThreadSanitizer, and not every kernel's address
# layout suits it: then the test is skipped, and says so.
TSAN_ENV := TEST_SENDS=2000 TSAN_OPTIONS="suppressions=tests/unit/tsan.supp halt_on_error=1"
tsan_works = echo 'int main(void) { return 0; }' | \
	$(TEST_CC) -fsanitize=thread -x c -o $(TEST_O)/tsan-probe - 2>/dev/null && $(TEST_O)/tsan-probe 2>/dev/null

# One program after the other, red or green; then the count.
define run_tests
bad=0; for t in $(2); do \
	$(TEST_RUN) $(1)/$$(basename $$t) timeout $(TEST_TIMEOUT) $$t || bad=1; done
endef

.PHONY: unit
unit: $(UNIT) $(TEST_O)/bin/p9doorbell
	@$(call run_tests,unit,$(UNIT)); \
	if $(tsan_works); then \
		$(MAKE) --no-print-directory $(TEST_O)/tsan/test_lifecycle_threads && \
		$(TEST_RUN) unit/tsan env $(TSAN_ENV) timeout $(TEST_TIMEOUT) \
			$(TEST_O)/tsan/test_lifecycle_threads || bad=1; \
	else \
		$(TEST_RUN) unit/tsan sh -c 'echo no working ThreadSanitizer here; exit 77'; \
	fi; \
	$(TEST_RUN) --sum unit || bad=1; exit $$bad

.PHONY: code-mutants
code-mutants: $(TEST_O)/libcode.a
	@$(TEST_RUN) mutants timeout 1200 tests/mutants.sh

# The state machine in BPF. The object needs clang and bpftool as the observer's does.
BPF_TEST := $(TEST_O)/bpf/replay
BPF_TEST_CFLAGS = -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter -Iinclude \
	-I/usr/include/$(shell gcc -print-multiarch)

$(BPF_TEST).bpf.o: tests/bpf/replay.bpf.c tests/rules.mk
	@echo "  BPF     $<"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_TEST_CFLAGS) -MMD -MP -MF $(BPF_TEST).bpf.d -c -o $@ $<

$(BPF_TEST).skel.h: $(BPF_TEST).bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name replay_bpf >$@

$(BPF_TEST): tests/bpf/test_replay.c $(BPF_TEST).skel.h tests/rules.mk
	@echo "  CC      $@"
	$(Q)$(TEST_CC) $(TEST_CPPFLAGS) -I$(TEST_O)/bpf $(TEST_CFLAGS) $(TEST_SAN) -MMD -MP -o $@ $< \
		-lbpf -lelf -lz

.PHONY: bpf-test
bpf-test: $(BPF_TEST)
	@$(TEST_RUN) bpf/replay timeout $(TEST_TIMEOUT) $(BPF_TEST); bad=$$?; \
	$(TEST_RUN) --sum bpf || bad=1; exit $$bad

# What kernels without BTF get, and what the programs read.
.PHONY: btf-test
btf-test:
	@$(TEST_RUN) bpf/btf timeout $(TEST_TIMEOUT) tests/btf.sh

# libFuzzer. Seeds are in tests/fuzz/corpus/NAME; what a run finds on top stays in
# build/, so the next one begins where it ended. A crash leaves its input there.
# libFuzzer's own exit code for one is 77, which to everybody else is a skip.
FUZZ_SRC_ALL := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ := $(FUZZ_SRC_ALL:tests/fuzz/fuzz_%.c=%)
FUZZ_O := $(TEST_O)/fuzz
FUZZ_CFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer $(WARN) \
	-fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CODE_O := $(TEST_CODE:src/%.c=$(FUZZ_O)/obj/%.o)

$(FUZZ_O)/obj/%.o: src/%.c tests/rules.mk
	@echo "  FUZZ    $@"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ_O)/libcode.a: $(FUZZ_CODE_O)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(FUZZ_O)/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_O)/libcode.a tests/rules.mk
	@echo "  FUZZ    $@"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< \
		$(FUZZ_O)/libcode.a -ljson-c -lncursesw -ltinfo

.PHONY: fuzz-smoke
fuzz-smoke: $(FUZZ:%=$(FUZZ_O)/fuzz_%)
	@bad=0; for name in $(FUZZ); do \
		seeds=tests/fuzz/corpus/$$name; [ -d $$seeds ] || seeds=tests/golden; \
		mkdir -p $(FUZZ_O)/corpus/$$name; \
		$(TEST_RUN) fuzz/$$name timeout $$(($(FUZZ_SECONDS) + $(TEST_TIMEOUT))) \
			$(FUZZ_O)/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-error_exitcode=1 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
			-artifact_prefix=$(FUZZ_O)/$$name- \
			$(FUZZ_O)/corpus/$$name $$seeds || bad=1; \
	done; \
	$(TEST_RUN) --sum fuzz || bad=1; exit $$bad

# The ladder, each rung whatever became of the one before. test_boot.py boots
# machines: it belongs to the lab.
.PHONY: host-tests
host-tests:
	@mkdir -p $(TEST_O); rm -f $(TEST_O)/results.tap; bad=0; \
	make="$(MAKE) --no-print-directory"; \
	$$make unit || bad=1; \
	$$make code-mutants || bad=1; \
	$$make bpf-test || bad=1; \
	$$make btf-test || bad=1; \
	$$make fuzz-smoke FUZZ_SECONDS=$(if $(filter command line,$(origin FUZZ_SECONDS)),$(FUZZ_SECONDS),5) || bad=1; \
	$(TEST_RUN) lab/unit $$make lab-unit || bad=1; \
	$(TEST_RUN) man $$make man-check || bad=1; \
	for t in $(filter-out %/test_boot.py,$(sort $(wildcard lab/tests/test_*.py))); do \
		$(TEST_RUN) lab/$$(basename $$t .py) timeout $(TEST_TIMEOUT) /usr/bin/python3 $$t || bad=1; done; \
	$(TEST_RUN) --sum || bad=1; exit $$bad

-include $(TEST_CODE_O:.o=.d) $(TEST_O)/obj/client/main.d $(UNIT:%=%.d) $(FUZZ_CODE_O:.o=.d) $(wildcard $(TEST_O)/*/*.d)
