# SPDX-License-Identifier: GPL-2.0-only
#
# One Makefile for every build; objects only under build/.
#
#   make demo      the whole thing, live: sets everything up, boots, shows
#   make test      sets everything up, runs every test
#   make           programs for this machine
#   make CROSS_COMPILE=powerpc64le-linux-gnu-
#                  programs for ppc64le, static, with a sysroot of our own making
#   make bench     what observing costs, in instructions
#   make mutants   kernels with one bug each, and how soon the injector finds it; hours
#   make test-formal
#                  the proof of the kernel patch's protocol
#   make check     linters and house rules
#   make install   DESTDIR and PREFIX as usual; make install-inject: the injector
#
# V=1 shows the commands.

VERSION := 0.1.0
HOST_ARCH := $(shell uname -m)
CROSS_COMPILE ?=
ARCH := $(if $(CROSS_COMPILE),$(firstword $(subst -, ,$(CROSS_COMPILE:powerpc64le%=ppc64le%))),$(HOST_ARCH))
O := build/$(ARCH)
Q := $(if $(V),,@)
PREFIX ?= /usr/local
KERNEL ?= debian-6.12

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)

# bpftool is in sbin, which Debian leaves out of the PATH of everybody but root.
export PATH := $(PATH):/usr/sbin

WARN := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Werror
CPPFLAGS := -Iinclude -Isrc -D_GNU_SOURCE -DP9DOORBELL_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARN)
LDFLAGS ?=

# Cross builds link statically against the sysroot: the lab's initramfs holds
# our programs and no libraries.
ifneq ($(CROSS_COMPILE),)
# Asked for once, and only when something is built.
ifeq ($(origin SYSROOT),undefined)
SYSROOT = $(eval SYSROOT := $$(or $$(shell scripts/sysroot),$$(error no sysroot: what to do stands above)))$(SYSROOT)
endif
CFLAGS += --sysroot=$(SYSROOT)
LDFLAGS += --sysroot=$(SYSROOT) -static
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all
all: programs

include src/client/rules.mk
include src/daemon/rules.mk
include src/inject/rules.mk
include lab/rules.mk
include tests/rules.mk
include kernel-patch/rules.mk

.PHONY: programs
programs: $(O)/bin/p9doorbell $(O)/bin/p9doorbell-top $(O)/bin/p9doorbelld $(O)/bin/p9doorbell-inject $(DAEMON_BTF)

# What the lab boots: ppc64le programs, the VMM and its payload.
.PHONY: cross
cross: lab-programs
	$(Q)$(MAKE) --no-print-directory \
		CROSS_COMPILE=$(if $(filter ppc64le,$(HOST_ARCH)),,powerpc64le-linux-gnu-) programs

.PHONY: deps
deps:
	$(Q)scripts/deps

.PHONY: demo
demo: deps
	$(Q)$(MAKE) --no-print-directory cross
	$(Q)lab/demo --kernel $(KERNEL)

.PHONY: test
test: deps
	$(Q)scripts/test

.PHONY: bench
bench: deps
	$(Q)$(MAKE) --no-print-directory cross
	$(Q)lab/run --kernel $(KERNEL) --mode icount bench

.PHONY: mutants
mutants: deps
	$(Q)$(MAKE) --no-print-directory cross
	$(Q)lab/scoreboard

.PHONY: check
check:
	$(Q)scripts/check

.PHONY: install
install: programs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(O)/bin/p9doorbell $(DESTDIR)$(PREFIX)/bin/
	ln -sf p9doorbell $(DESTDIR)$(PREFIX)/bin/p9doorbell-top
	install -m 755 $(O)/bin/p9doorbelld $(DESTDIR)$(PREFIX)/sbin/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,share/p9doorbell/btf share/man/man1 share/man/man8 lib/systemd/system lib/sysusers.d)
	install -m 644 bpf/btf/*.btf $(DESTDIR)$(PREFIX)/share/p9doorbell/btf/
	install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/man/p9doorbelld.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	sed 's|=/usr/sbin/|=$(PREFIX)/sbin/|' packaging/systemd/p9doorbelld.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/p9doorbelld.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/p9doorbelld.service
	install -m 644 packaging/sysusers.d/p9doorbell.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/

# A package of its own: who observes need not be able to disturb.
.PHONY: install-inject
install-inject: programs
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,sbin share/man/man5 share/man/man8)
	install -m 755 $(O)/bin/p9doorbell-inject $(DESTDIR)$(PREFIX)/sbin/
	install -m 644 docs/man/p9doorbell-plan.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 docs/man/p9doorbell-inject.8 $(DESTDIR)$(PREFIX)/share/man/man8/

.PHONY: clean
clean:
	rm -rf build
