# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What lab/kernel and scripts/patch-check share: Debian's Linux source in the
# cache, trees of it with patches, and kernels built from those. Wants lib.sh.
#
# For each source package there is, in the cache under linux/PACKAGE:
#
#   version   the Debian version in use; --refresh takes the newest
#   git/      a bare repository, one commit (a branch) for each version
#   tree/     the source tree of the configuration "base", tree+lockdep/ of "base
#             lockdep", and so on; git brings it from one state to the next by
#             writing only files whose content differs, so that make compiles what
#             a patch touches and nothing else. What trees have in common they
#             share as hard links: git never writes into a file, it makes a new one
#   objects/  the object tree of each configuration
#
# A state of the source is a git tree: a version, a version with patches (git
# applies them without fuzz, in the index, without a work tree), or a folder
# somebody edits. Whoever changes the trees of a configuration holds linux__lock.

LINUX_CROSS=powerpc64le-linux-gnu-
[ "$(uname -m)" != ppc64le ] || LINUX_CROSS=
LINUX_JOBS=${P9_JOBS:-$(nproc)}

# linux__open PACKAGE
linux__open()
{
	LINUX_PACKAGE=$1
	LINUX=$P9_CACHE/linux/$1
	LINUX_VERSION=
	[ ! -e "$LINUX/version" ] || read -r LINUX_VERSION <"$LINUX/version"
}

# linux__choose NAME...: the configuration that is worked with, by its fragments.
linux__choose()
{
	local name
	LINUX_CONFIG="$*"
	LINUX_CONFIG=${LINUX_CONFIG// /+}
	LINUX_TREE=$LINUX/tree${LINUX_CONFIG#base}
	LINUX_OBJECTS=$LINUX/objects/$LINUX_CONFIG
	LINUX_FRAGMENTS=("$P9_ROOT/lab/config/base.config" "$P9_ROOT/lab/config/${LINUX_PACKAGE/source-/}.config")
	for name; do
		[ "$name" = base ] || LINUX_FRAGMENTS+=("$P9_ROOT/lab/config/$name.config")
	done
	for name in "${LINUX_FRAGMENTS[@]}"; do
		[ -e "$name" ] || die "there is no configuration fragment ${name#"$P9_ROOT/"}" \
			"lab/config has them; a new version of Linux wants one of its own"
	done
}

# The trees of the configuration are ours until linux__unlock.
linux__lock()
{
	cache__lock "linux-$LINUX_PACKAGE-$LINUX_CONFIG"
}

linux__unlock()
{
	exec {P9_LOCK_FD}>&-
}

# linux__git ARGUMENT...: in the repository of the source, as nobody in
# particular and with nobody's settings, so that it does the same everywhere.
linux__git()
{
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
		GIT_AUTHOR_NAME=p9doorbell GIT_AUTHOR_EMAIL=p9doorbell@localhost \
		GIT_COMMITTER_NAME=p9doorbell GIT_COMMITTER_EMAIL=p9doorbell@localhost \
		git --git-dir="$LINUX/git" -c gc.auto=0 -c core.autocrlf=false "$@"
}

# The source of VERSION, as an argument of git.
linux__base()
{
	printf 'refs/heads/%s\n' "${LINUX_VERSION//[~:]/_}"
}

# linux__import DEB: a version becomes a commit, dated as Debian dated it.
linux__import()
{
	local deb=$1 version work date commit
	version=$(dpkg-deb -f "$deb" Version)
	work=$P9_TEMP/source
	mkdir -p "$work" "$LINUX"
	say "unpacking $LINUX_PACKAGE $version"
	deb__extract "$deb" "$work"
	mkdir "$work/tree"
	tar -C "$work/tree" -xf "$work/usr/src/$LINUX_PACKAGE".tar.* --strip-components=1
	[ -d "$LINUX/git" ] || git init -q --bare "$LINUX/git"
	date=$(stat -c %Y "$work/tree/Makefile")
	say "keeping it as a git tree (a minute)"
	export GIT_INDEX_FILE=$work/index
	linux__git --work-tree="$work/tree" -c core.compression=1 add -A -f .
	commit=$(GIT_AUTHOR_DATE="@$date +0000" GIT_COMMITTER_DATE="@$date +0000" \
		linux__git commit-tree -m "$LINUX_PACKAGE $version" "$(linux__git write-tree)")
	unset GIT_INDEX_FILE
	LINUX_VERSION=$version
	linux__git update-ref "$(linux__base)" "$commit"
	printf '%s\n' "$version" >"$LINUX/version.new"
	mv "$LINUX/version.new" "$LINUX/version"
	rm -rf "$work"
}

# linux__fetch SUITE: the newest version the suite has, if it is not here yet.
linux__fetch()
{
	local suite=$1 newest
	mkdir -p "$P9_TEMP/deb"
	cache__lock "apt-$suite-ppc64el"
	apt__open "$suite" ppc64el
	if [ "${P9_REFRESH:-0}" = 1 ] || ! apt__run apt-cache show "$LINUX_PACKAGE" >/dev/null 2>&1; then
		apt__update
	fi
	newest=$(apt__run apt-cache show --no-all-versions "$LINUX_PACKAGE" | sed -n 's/^Version: //p') ||
		die "$suite has no package $LINUX_PACKAGE" "look into lab/kernels.conf: suite and source must belong together"
	[ "$newest" != "$LINUX_VERSION" ] || return 0
	say "downloading $LINUX_PACKAGE ($suite)"
	(cd "$P9_TEMP/deb" && apt__run apt-get download -qq "$LINUX_PACKAGE" >log 2>&1) || {
		apt__update
		(cd "$P9_TEMP/deb" && apt__run apt-get download -qq "$LINUX_PACKAGE" >log 2>&1) || {
			cat "$P9_TEMP/deb/log" >&2
			die "cannot download $LINUX_PACKAGE of $suite" "check the network; a mirror that is being updated gets well by itself"
		}
	}
}

# linux__source SUITE: makes sure that there is a source.
linux__source()
{
	local deb
	[ -z "$LINUX_VERSION" ] || [ "${P9_REFRESH:-0}" = 1 ] || return 0
	cache__lock "linux-$LINUX_PACKAGE"
	linux__open "$LINUX_PACKAGE" # another run may have fetched it
	if [ -z "$LINUX_VERSION" ] || [ "${P9_REFRESH:-0}" = 1 ]; then
		(linux__fetch "$1")
		deb=$(find "$P9_TEMP/deb" -name '*.deb' -print -quit)
		[ -z "$deb" ] || linux__import "$deb"
	fi
	linux__unlock
}

# linux__patched PATCH...: the source with them, as a git tree.
linux__patched()
{
	linux__patched_on "$(linux__base)" "$@"
}

# linux__patched_on STATE PATCH...: the same, of any state.
linux__patched_on()
{
	local patch
	export GIT_INDEX_FILE=$P9_TEMP/index
	linux__git read-tree "$1"
	for patch in "${@:2}"; do
		linux__git apply --cached --whitespace=nowarn "$patch" >&2 ||
			die "$(basename "$patch") does not apply to $LINUX_PACKAGE $LINUX_VERSION" \
				"the patches before it do; rebase it on that version, or mend what it expects"
	done
	linux__git write-tree
	unset GIT_INDEX_FILE
}

# linux__folder DIR: what a folder holds, as a git tree. What the source's own
# .gitignore names is left out, so it may have been built in.
linux__folder()
{
	local dir
	dir=$(readlink -f "$1")
	mkdir -p "$LINUX/folders"
	GIT_INDEX_FILE=$LINUX/folders/$(printf '%s' "$dir" | sha256sum | cut -c1-12)-$LINUX_CONFIG
	export GIT_INDEX_FILE
	[ -e "$GIT_INDEX_FILE" ] || linux__git read-tree "$(linux__base)"
	linux__git --work-tree="$dir" add -A .
	linux__git write-tree
	unset GIT_INDEX_FILE
}

# linux__tree_git ARGUMENT...: in the source tree. Git knows a file by time and
# size, which links leave alone.
linux__tree_git()
{
	GIT_INDEX_FILE=$LINUX_TREE.index linux__git --work-tree="$LINUX_TREE" \
		-c core.checkStat=minimal -c core.trustctime=false "$@"
}

# linux__switch STATE: brings the source tree there. A new tree begins as links to
# that of "base". What looks changed, and has the content it should have, stays.
linux__switch()
{
	if [ ! -d "$LINUX_TREE" ] && [ -e "$LINUX/tree.index" ]; then
		rm -rf "$LINUX_TREE.new"
		cp -al "$LINUX/tree" "$LINUX_TREE.new"
		cp "$LINUX/tree.index" "$LINUX_TREE.index"
		mv "$LINUX_TREE.new" "$LINUX_TREE"
	fi
	mkdir -p "$LINUX_TREE"
	[ ! -e "$LINUX_TREE.index" ] || linux__tree_git update-index -q --refresh >&2 || true
	linux__tree_git read-tree --reset -u "$1"
}

# linux__make ARGUMENT...: what a kernel says about itself does not depend on who
# built it, where or when.
linux__make()
{
	KBUILD_BUILD_TIMESTAMP=$(linux__git log -1 --format=@%ct "$(linux__base)") \
		KBUILD_BUILD_USER=p9doorbell KBUILD_BUILD_HOST=lab KBUILD_BUILD_VERSION=1 LC_ALL=C \
		nice make --no-print-directory -C "$LINUX_TREE" O="$LINUX_OBJECTS" ARCH=powerpc CROSS_COMPILE="$LINUX_CROSS" -j "$LINUX_JOBS" "$@"
}

# SYMBOL VALUE [series], the last word of the fragments about each.
linux__wanted()
{
	awk '
		/^CONFIG_/ {
			series = sub(/[ \t]*# of the series$/, "")
			at = index($0, "=")
			name = substr($0, 1, at - 1)
			if (!(name in value))
				order[n++] = name
			value[name] = substr($0, at + 1)
			mark[name] = series ? "series" : ""
		}
		END { for (i = 0; i < n; i++) print order[i] "\t" value[order[i]] "\t" mark[order[i]] }' "${LINUX_FRAGMENTS[@]}"
}

# linux__lost CONFIG: what was asked for and is not there. A symbol of the series
# may be missing where no Kconfig has it.
linux__lost()
{
	local config=$1 name value mark got
	while IFS=$'\t' read -r name value mark; do
		got=$(sed -n "s/^$name=//p" "$config")
		[ "${got:-n}" != "$value" ] || continue
		[ "$mark" != series ] || grep -qrE --include='Kconfig*' "^[[:space:]]*config ${name#CONFIG_}\$" \
			"$LINUX_TREE/arch/powerpc/kvm" || continue
		printf '%s=%s became %s\n' "$name" "$value" "${got:-n}"
	done < <(linux__wanted)
}

# An unchanged configuration keeps its time.
linux__configure()
{
	local objects=$LINUX_OBJECTS lost
	mkdir -p "$objects"
	linux__wanted | awk -F'\t' '{ print $1 "=" $2 }' >"$objects/wanted"
	linux__make -s KCONFIG_CONFIG="$objects/config.new" KCONFIG_ALLCONFIG="$objects/wanted" \
		allnoconfig >"$objects/config.log" 2>&1 || {
		tail -20 "$objects/config.log" >&2
		die "the kernel cannot be configured" "scripts/deps installs what Kconfig wants"
	}
	lost=$(linux__lost "$objects/config.new")
	[ -z "$lost" ] || die "this configuration does not hold on $LINUX_PACKAGE $LINUX_VERSION: ${lost//$'\n'/, }" \
		"add what these symbols depend on to lab/config, or move them to the fragment of the version that has them"
	cmp -s "$objects/config.new" "$objects/.config" || cp "$objects/config.new" "$objects/.config"
}

# linux__build TARGET...: compiles; a failure is shown with its cause.
linux__build()
{
	local log=$LINUX_OBJECTS/build.log
	linux__make "$@" >"$log" 2>&1 && return
	grep -E -B2 -A8 'error:|undefined|\*\*\*|FAILED' "$log" | head -60 >&2 || tail -30 "$log" >&2
	die "$LINUX_PACKAGE $LINUX_VERSION does not build" "all that was said is in $log"
}

# linux__pack OUT: the kernel as the lab takes it. A chain: it may be
# called where the shell does not stop by itself.
linux__pack()
{
	local objects=$LINUX_OBJECTS out=$1 release
	release=$(cat "$objects/include/config/kernel.release") &&
		mkdir -p "$out" &&
		linux__make -s modules_install INSTALL_MOD_PATH="$out/install" INSTALL_MOD_STRIP=1 >&2 &&
		mv "$out/install/lib/modules/$release" "$out/modules" &&
		rm -rf "$out/install" "$out/modules/build" "$out/modules/source" &&
		"${LINUX_CROSS}strip" --strip-debug -o "$out/vmlinux" "$objects/vmlinux" &&
		cp "$objects/.config" "$out/config" &&
		printf '%s\n' "$release" >"$out/release"
}

# conf__get NAME KEY: of lab/kernels.conf. A mutant has what its base has.
conf__get()
{
	local name=$1
	case $name in mutant-*) name=$(mutant__base "$name") || exit ;; esac
	awk -v name="[$name]" -v key="$2" '
		/^\[/ { here = ($0 == name) }
		here && $1 == key && $2 == "=" { sub(/^[^=]*= */, ""); print; exit }' "$P9_ROOT/lab/kernels.conf"
}

# The patches of a folder, in order; of none, none.
series__list()
{
	[ ! -d "$1" ] || find "$1" -name "$2" | sort
}

# series__find BASE WHICH: the patches in order, in $patches. First those that
# only this base needs, then the common ones: none, all, or until-removal, which
# ends with the patch that takes the open-coded emulation away.
series__find()
{
	local folder=${P9_SERIES:-$P9_ROOT/kernel-patch} common=()
	patches=()
	case $2 in
	none) return 0 ;;
	all) mapfile -t common < <(series__list "$folder/series" '[0-9]*.patch') ;;
	until-removal) mapfile -t common < <(series__list "$folder/series" '0001-*.patch') ;;
	*) die "lab/kernels.conf: patches = $2" "want none, all or until-removal" ;;
	esac
	[ ${#common[@]} -gt 0 ] || die "$folder/series has no patches" "it is to hold the series, NNNN-*.patch"
	mapfile -t patches < <(series__list "$folder/$1" '[0-9]*.patch')
	patches+=("${common[@]}")
}

# A mutant is mutant-VERSION-ID, a row of lab/mutants/table: the kernel it is built on ...
mutant__base()
{
	local on version=${1#mutant-}
	on=$(awk -v id="$(mutant__id "$1")" '$1 == id { print $2 }' "$P9_ROOT/lab/mutants/table")
	[ -n "$on" ] || die "lab/mutants/table has no mutant for the name $1" "lab/run --list shows what there is"
	printf '%s-%s\n' "$on" "${version%%-*}"
}

# ... and its ID.
mutant__id()
{
	printf '%s\n' "${1#mutant-*-}"
}
