# SPDX-License-Identifier: GPL-2.0-only
#
# Tests that need no lab, and the ladder of `make test`.
