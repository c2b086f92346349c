# SPDX-License-Identifier: GPL-2.0-only
# about: says nothing at all
# timeout: 5
# shellcheck shell=sh
true
