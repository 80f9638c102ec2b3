# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Functions shared by scripts/rust-kit, scripts/debug-kernel and scripts/kernel-source: a kernel's
# source from the archive, and what of a built tree makes up a kit. Source it after scripts/lib.sh;
# it runs nothing by itself.

# linux_source VERSION: the name of the package that holds the source of a Debian kernel version.
linux_source() {
	[[ $1 =~ ^[0-9]+\.[0-9]+ ]] || die "'$1' is no version of a Debian kernel."
	printf 'linux-source-%s' "${BASH_REMATCH[0]}"
}

# fetch_source SUITE VERSION DIRECTORY: sets ARCHIVE to the source of exactly this version.
fetch_source() {
	local package
	package=$(linux_source "$2")
	say "fetching $package $2 (about 160 MB) ..."
	mkdir -p "$3"
	download_packages "$1" "$3" "$package=$2" ||
		die "$package $2 cannot be downloaded now; run the same command again when the archive can be reached."
	dpkg-deb -x "$3"/*.deb "$3"
	ARCHIVE=$3/usr/src/$package.tar.xz
}

# What unpack_source leaves out: the register tables of one graphics driver, a quarter of the tree. No
# kernel interface is among them. A * stands for slashes, too.
LEFT_OUT=(drivers/gpu/drm/amd/include/asic_reg)

# unpack_source ARCHIVE DIRECTORY [NAME]...: all of it, or what the names at its top hold.
unpack_source() {
	local archive=$1 directory=$2 top
	shift 2
	top=${archive##*/} top=${top%.tar.xz}
	say "unpacking ..."
	mkdir -p "$directory"
	xz -dc -T0 "$archive" | tar -x -C "$directory" --strip-components=1 "${LEFT_OUT[@]/#/--exclude=$top/}" "${@/#/$top/}"
}

# explain_failure LOG WHAT
explain_failure() {
	grep -v '^make' "$1" | tail -n 20 >&2
	die "the kernel's '$2' failed as shown above; all of its words are in $1."
}

# collect_kit SOURCE KIT LOG MAKE...: copies to KIT what builds of modules and of their tests read of
# the built tree SOURCE: the kernel's own choice, and what that leaves out. MAKE is the command that
# runs make in SOURCE.
collect_kit() {
	local source=$1 kit=$2 log=$3
	shift 3
	# shellcheck disable=SC2016 # make expands srctree.
	"$@" run-command KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $kit" >>"$log" 2>&1 ||
		explain_failure "$log" 'scripts/package/install-extmod-build'
	cp "$source"/{.config,.rustfmt.toml,.clippy.toml} "$kit"
	mkdir -p "$kit/rust" "$kit/tools/testing/selftests"
	cp "$source"/rust/{*.rmeta,*.so} "$kit/rust"
	cp "$source"/tools/testing/selftests/kselftest*.h "$kit/tools/testing/selftests"
}
