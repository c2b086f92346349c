# SPDX-License-Identifier: GPL-2.0-only
# about: takes the kernel down
# timeout: 20
# shellcheck shell=sh
. /lab/suites/lib.sh
tap_ok before
expect_begin "a bracket does not excuse a machine that is gone"
echo c >/proc/sysrq-trigger
sleep 10
