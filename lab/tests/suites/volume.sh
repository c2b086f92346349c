# SPDX-License-Identifier: GPL-2.0-only
# about: a volume is there and read-only; it was not disturbed by what ran before
# timeout: 10
# volumes: stuff
# shellcheck shell=sh
. /lab/suites/lib.sh
tap_is content "$(cat /volumes/stuff/sub/file)" "hello"
tap_run executable /volumes/stuff/prog
if touch /volumes/stuff/x 2>/dev/null; then tap_not_ok read-only; else tap_ok read-only; fi
tap_is nothing-left "$(grep -l sleep /proc/[0-9]*/comm 2>/dev/null | wc -l)" 0
expect_begin "a test of the brackets"
expect_end
