# SPDX-License-Identifier: GPL-2.0-only
#
# The proof of the doorbell protocol; needs neither root nor the lab's machine.
#
#   make test-formal   the litmus tests under herd7; the model, exhaustively; the
#                      compiled code of the patched kernel; and every barrier removed
#                      from copies of these, which each time must turn something red
#
#   P9_AUDIT_KERNEL="NAME|FOLDER..."  the kernels to audit (default: both patched ones, built if need be)

.PHONY: test-formal
test-formal:
	@bad=0; \
	$(TEST_RUN) formal/litmus timeout 600 kernel-patch/litmus/run || bad=1; \
	$(TEST_RUN) formal/model timeout 600 kernel-patch/model/run || bad=1; \
	for kernel in $${P9_AUDIT_KERNEL:-patched-6.12 patched-7.2}; do \
		case $$kernel in */*) ;; *) kernel=$$(lab/kernel $$kernel) || bad=1 ;; esac; \
		export P9_AUDIT_KERNEL=$$kernel/; \
		name=$$(basename $$kernel | sed 's/-[0-9a-f]*$$//'); \
		$(TEST_RUN) formal/audit/$$name timeout 300 kernel-patch/model/audit --self-test || bad=1; \
		$(TEST_RUN) formal/remove-barriers/$$name timeout 300 kernel-patch/model/remove-barriers || bad=1; \
	done; \
	$(TEST_RUN) --sum formal || bad=1; exit $$bad
