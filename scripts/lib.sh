# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts that fill the cache share: where the cache is, who may write
# to it, and a private apt that knows other suites and architectures than the
# machine does.
#
# The machine's own apt is only read: its mirror, its proxy, its keyrings. Its
# sources, its lists and its package database are never touched. An entry of the
# cache is made beside its final place and renamed when it is complete, so an
# interrupted run leaves no half-made entry; whoever makes one holds its lock.

P9_CACHE=${P9DOORBELL_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/p9doorbell}
P9_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
P9_PROGRAM=${0##*/}

# Nothing stops without a word.
set -E
trap 'say "stopped: line $LINENO of $BASH_SOURCE failed: $BASH_COMMAND"' ERR

# Progress goes to stderr: stdout carries the answer of a script.
say()
{
	printf '%s: %s\n' "$P9_PROGRAM" "$*" >&2
}

# die WHAT [REMEDY]
die()
{
	say "$1"
	[ $# -lt 2 ] || printf '  what to do: %s\n' "$2" >&2
	exit 1
}

# Holds the lock NAME until this shell (or subshell) ends.
cache__lock()
{
	mkdir -p "$P9_CACHE/lock" || die "cannot write to the cache $P9_CACHE" \
		"set P9DOORBELL_CACHE to a folder you may write to"
	exec {P9_LOCK_FD}>"$P9_CACHE/lock/$1"
	if ! flock -n "$P9_LOCK_FD"; then
		say "waiting for another run that makes $1"
		flock "$P9_LOCK_FD"
	fi
}

# A folder to make an entry in: on the cache's file system, so that the last
# step can be a rename, and gone when the script ends without that step.
cache__tempdir()
{
	mkdir -p "$P9_CACHE/tmp"
	P9_TEMP=$(mktemp -d "$P9_CACHE/tmp/XXXXXXXX")
	trap 'rm -rf "$P9_TEMP"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# The mirror the machine itself uses.
apt__mirror()
{
	local uri
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Component: main' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -1)
	# shellcheck disable=SC2016
	[ -n "$uri" ] || uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Codename: bookworm' 'Component: main' 2>/dev/null | head -1)
	# Without lists, as a cleaned image has them, apt still knows where it would ask.
	[ -n "$uri" ] || uri=$(apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\([^']*/\)dists/bookworm/InRelease'.*|\1|p" | head -1)
	[ -n "$uri" ] || die "the machine's apt knows no Debian mirror" \
		"run on Debian 12 with a Debian mirror in the apt sources"
	printf '%s\n' "$uri"
}

# apt__open SUITE ARCH: a private apt root for one suite. A backports suite
# brings the suite it builds on and is preferred to it.
apt__open()
{
	local suite=$1 arch=$2 base=${1%-backports} uri s
	uri=$(apt__mirror)
	P9_APT=$P9_CACHE/apt/$suite-$arch
	mkdir -p "$P9_APT/state/lists/partial" "$P9_APT/cache/archives/partial"
	: >"$P9_APT/status"
	for s in "$base" $([ "$base" = "$suite" ] || echo "$suite"); do
		printf 'deb [signed-by=%s] %s %s main\n' "$P9_KEYRING" "$uri" "$s"
	done >"$P9_APT/sources.list"
	cat >"$P9_APT/apt.conf" <<-CONF
		Dir::State "$P9_APT/state";
		Dir::State::status "$P9_APT/status";
		Dir::Cache "$P9_APT/cache";
		Dir::Etc::sourcelist "$P9_APT/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Default-Release "$suite";
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		APT::Get::Assume-Yes "true";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::http::Timeout "60";
		Debug::NoLocking "true";
	CONF
	printf '#clear APT::Update::Post-Invoke-Success;\n#clear APT::Update::Post-Invoke;\n#clear DPkg::Post-Invoke;\n' \
		>>"$P9_APT/apt.conf"
}

# apt__run COMMAND...: an apt program in the private root opened last. The
# private file comes last on the command line because the machine's own
# configuration, which is read after APT_CONFIG, would win otherwise.
apt__run()
{
	local program=$1
	shift
	"$program" -c "$P9_APT/apt.conf" "$@"
}

apt__update()
{
	say "reading the package index of ${P9_APT##*/}"
	apt__run apt-get update -qq >"$P9_APT/update.log" 2>&1 && return
	cat "$P9_APT/update.log" >&2
	die "the package index of ${P9_APT##*/} cannot be read" \
		"check the network and the machine's apt mirror; then run this again"
}

# apt__download DIR PACKAGE...: the packages and everything they depend on.
# An index older than the mirror names files that are gone; it is read again
# once, and said so.
apt__download()
{
	local dir=$1 fresh=0
	shift
	mkdir -p "$dir/partial"
	if [ "${P9_REFRESH:-0}" = 1 ] || [ -z "$(ls "$P9_APT"/state/lists/*Packages* 2>/dev/null)" ]; then
		apt__update
		fresh=1
	fi
	say "downloading $* (${P9_APT##*/})"
	while ! apt__run apt-get install -qq --download-only --reinstall \
		-o Dir::Cache::archives="$dir" "$@" >"$dir/log" 2>&1; do
		if [ "$fresh" = 1 ]; then
			cat "$dir/log" >&2
			die "cannot download $*" "check the network; a mirror that is being updated gets well by itself"
		fi
		say "the index is older than the mirror, or the download failed; reading the index again"
		apt__update
		fresh=1
	done
}

# deb__extract DEB DIR: merged /usr stays merged.
deb__extract()
{
	dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -x --no-same-owner --keep-directory-symlink
}
