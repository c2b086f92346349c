#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/btf.sh - all that our programs read is in each BTF that is shipped for a
# kernel without: a field that is not in it would be refused there, at run time. A
# file in which one name is another must turn red. Prints TAP.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
PATH=$PATH:/usr/sbin # bpftool, for everybody but root
OBJECTS=(build/bpf/plain.bpf.o build/bpf/look.bpf.o)

# reads FILE: "yes WHAT" or "no WHAT" for each read of a field, by libbpf's own account. A type
# with ___ in its name is another kernel's, which is asked for first.
reads()
{
	local object
	for object in "${OBJECTS[@]}"; do
		bpftool -d gen min_core_btf "$1" "$scratch/out" "$object" 2>&1
	done | awk '
		/: relo #[0-9]+: <[a-z_]+> \[/ { at = $3 $5; sub(/.*<[a-z_]+> \[[0-9]+\] /, ""); sub(/ \(.*/, ""); what[at] = $0 }
		/: relo #[0-9]+: no matching targets found/ { lacks[$3 $5] = 1 }
		END { for (at in what) if (what[at] !~ /___/) print (at in lacks ? "no" : "yes"), what[at] }' | sort -u
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
make -s "${OBJECTS[@]}" >&2
number=0 bad=0
for file in bpf/btf/*.btf; do
	number=$((number + 1))
	reads "$file" >"$scratch/reads"
	if [ "$(grep -c ^yes "$scratch/reads")" -gt 30 ] && ! grep -q ^no "$scratch/reads"; then
		echo "ok $number - ${file##*/} # $(grep -c ^yes "$scratch/reads") fields"
	else
		bad=1
		echo "not ok $number - ${file##*/}: scripts/btf --update KERNEL"
		sed -n 's/^no /# lacks /p' "$scratch/reads"
	fi
	number=$((number + 1))
	sed 's/\x00vcpu_id\x00/\x00vcpu_xx\x00/' "$file" >"$scratch/other.btf"
	if reads "$scratch/other.btf" | grep -qx 'no struct kvm_vcpu.vcpu_id'; then
		echo "ok $number - ${file##*/} without a field"
	else
		bad=1
		echo "not ok $number - ${file##*/} without a field: nobody noticed"
	fi
done
echo "1..$number"
exit $bad
