# SPDX-License-Identifier: GPL-2.0-only
# about: never ends
# timeout: 2
# shellcheck shell=sh
. /lab/suites/lib.sh
tap_ok before
wait_until 1 false || tap_ok deadline-passed
wait_until 1 true && tap_ok condition-seen
while :; do sleep 1; done
