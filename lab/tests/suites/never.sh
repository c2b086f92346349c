# SPDX-License-Identifier: GPL-2.0-only
# about: needs a program that does not exist
# needs: no-such-program
# shellcheck shell=sh
true
