# SPDX-License-Identifier: GPL-2.0-only
# about: one result of each kind, a duplicate, a leftover, files out, exit 3
# timeout: 20
# shellcheck shell=sh
. /lab/suites/lib.sh
tap_ok good with a detail
tap_not_ok bad "with a reason"
tap_skip left-out "for a reason"
tap_is same 1 1
tap_is different 1 2
tap_run command-fails sh -c 'echo the last words; exit 7'
tap_ok good again
tap_is environment "$SETTING" "a 'b' c"
dd if=/dev/urandom of=random.bin bs=1M count=20 2>/dev/null
sha256sum <random.bin >random.sum
out random.bin random.sum
sleep 1000 &
exit 3
