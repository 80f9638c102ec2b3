# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Functions shared by the scripts: messages, the list of the sources, the cache with its locks, and a
# private view of the Debian archive. Source it; it runs nothing by itself.

# The file that tells a script that it runs inside a sysroot; it holds "<suite>-<key>".
SYSROOT_MARKER=/etc/translate-pid-sysroot

DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
ARCHIVE_LOOK_AGAIN=$((12 * 3600))
ARCHIVE_RETRY=$((30 * 60))
DAYS_UNTIL_UNUSED=14

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# Prints the comment at the top of the calling script, which is its manual.
usage() { sed -n '3,/^$/s/^# \{0,1\}//p' "$0"; }

inside_sysroot() { [[ -e $SYSROOT_MARKER ]]; }

# source_files PATHSPEC...: the files below the working directory that git has or would take, each ended
# by NUL. Files that were removed, but not from git's index, are in git's list.
source_files() {
	local file
	git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
	while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done
}

# The cache --------------------------------------------------------------------------------------
#
# An entry is filled as "<entry>.partial.<random>" and renamed when it is whole: what bears its
# final name is complete. Whoever fills a partial holds a lock on that very directory, which the
# kernel drops with its owner; process numbers would say nothing across pid namespaces.

if [[ -n ${XDG_CACHE_HOME:-} ]]; then
	CACHE=$XDG_CACHE_HOME/translate-pid
elif [[ -n ${HOME:-} ]]; then
	CACHE=$HOME/.cache/translate-pid
elif ((EUID == 0)); then
	# dkms, systemd and the like give root no HOME.
	CACHE=/var/cache/translate-pid
else
	die "neither HOME nor XDG_CACHE_HOME is set; please set one of them to a directory of yours."
fi
[[ $CACHE == /* ]] || die "XDG_CACHE_HOME must be an absolute path, not '$XDG_CACHE_HOME'."

# The kernel's build takes neither, and says so in words that name another cause.
for directory in "$CACHE" "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"; do
	[[ ! $directory =~ [[:space:]:] ]] ||
		die "the path '$directory' has a blank or a colon in it, which the kernel's build does not take;" \
			"please use another directory${XDG_CACHE_HOME:+, see XDG_CACHE_HOME}."
done
unset directory

# Lasts until unlock or the end of the process and of every child that inherited the descriptor.
lock() {
	mkdir -p "$CACHE/lock" || die "cannot write to $CACHE; set XDG_CACHE_HOME to a directory of yours."
	exec {LOCK}>"$CACHE/lock/$1"
	flock -n "$LOCK" && return
	say "waiting for another run that is preparing $1 ..."
	flock "$LOCK"
}

unlock() { exec {LOCK}>&-; }

# rm must not descend into a file system that an interrupted run left mounted.
remove_tree() {
	rm -rf --one-file-system -- "$@" 2>/dev/null && return
	chmod -R u+rwX -- "$@" 2>/dev/null || true
	rm -rf --one-file-system -- "$@"
}

remove_stale_partials() {
	local partial fd
	for partial in "$1"/*.partial.*; do
		[[ -d $partial ]] || continue
		exec {fd}<"$partial" || continue
		if flock -n "$fd"; then remove_tree "$partial"; fi
		exec {fd}<&-
	done
}

# Sets PARTIAL to a new directory that will become the entry $1; it vanishes with a failed script.
begin_entry() {
	local directory=${1%/*} fd
	mkdir -p "$directory"
	# Nobody may look for stale partials between the making and the locking of this one.
	exec {fd}<"$directory"
	flock "$fd"
	remove_stale_partials "$directory"
	PARTIAL=$(mktemp -d "$1.partial.XXXXXX")
	exec {PARTIAL_LOCK}<"$PARTIAL"
	flock -n "$PARTIAL_LOCK"
	exec {fd}<&-
	chmod 755 "$PARTIAL"
	trap 'remove_tree "$PARTIAL"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# Gives the finished PARTIAL its name, and makes room: see use_entry.
publish_entry() {
	mv -T "$PARTIAL" "$1"
	use_entry "$1"
	trap - EXIT HUP INT TERM
	exec {PARTIAL_LOCK}<&-
	find "${1%/*}" -mindepth 1 -maxdepth 1 -type d -mtime +"$DAYS_UNTIL_UNUSED" |
	while IFS= read -r entry; do
		say "removing ${entry##*/}, which was not used for $DAYS_UNTIL_UNUSED days"
		remove_tree "$entry"
	done
}

# The age of an entry's directory is the time since its last use.
use_entry() { touch -c "$1" 2>/dev/null || true; }

# The Debian archive -----------------------------------------------------------------------------
#
# apt runs with configuration, package lists and state of its own below the cache. Of the host's
# configuration it takes over how to reach the network; nothing of the host's is written.

# Holds apt.conf, sources.list, lists/, mirror, kernels (an index), look-again (a time).
archive() { printf '%s/apt/%s' "$CACHE" "$1"; }

private_apt() {
	local suite=$1
	shift
	APT_CONFIG=$(archive "$suite")/apt.conf "$@"
}

archive_suites() {
	case $1 in
	sid | unstable) printf '%s\n' "$1" ;;
	*) printf '%s\n' "$1" "$1-updates" "$1-backports" ;;
	esac
}

# The host's own entry for main of a Debian suite: neither security nor a third party's. apt itself
# reads the configuration, in whichever format that is written.
host_mirror() {
	local uri suite component origin option format
	command -v apt-get >/dev/null || return 1
	# shellcheck disable=SC2016 # apt expands these names, not the shell.
	format='$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)/$(LABEL)'
	# The second round is for hosts without package lists, where nothing tells an entry's origin.
	for option in --release-info --no-release-info; do
		while read -r uri suite component origin; do
			[[ $component == main && $suite != *-* && $suite != */* ]] || continue
			uri=${uri%/}
			# Cloud images keep the list of mirrors in a file, which would be missing in the sysroot.
			if [[ $uri == mirror+file:* ]]; then read -r uri _ <"${uri#mirror+file:}" || continue; fi
			uri=${uri%/}
			[[ $origin == Debian/Debian || $option == --no* && $uri == */debian ]] || continue
			printf '%s\n' "$uri"
			return
		done < <(apt-get indextargets $option 'Created-By: Packages' --format "$format" 2>/dev/null)
	done
	return 1
}

# mmdebstrap knows a mirror of its own; a set-up hook is where it can be looked at.
builtin_mirror() {
	local answer mode=root
	((EUID == 0)) || mode=unshare
	# shellcheck disable=SC2016 # the shell that mmdebstrap starts expands $1.
	answer=$(mmdebstrap --mode=$mode --format=null --variant=custom --skip=check \
		--setup-hook='cat "$1/etc/apt/sources.list" >&2; false' "$1" - 2>&1 |
		sed -n '/^deb /{s/\[[^]]*\] //;s/^deb \([^ ]*\) .*/\1/p;q}') || true
	[[ -n $answer ]] || die "no Debian mirror is known on this host; name one with MIRROR=<URI of a Debian archive>."
	printf '%s\n' "${answer%/}"
}

archive_mirror() {
	local recorded
	recorded=$(archive "$1")/mirror
	if [[ -n ${MIRROR:-} ]]; then printf '%s\n' "${MIRROR%/}"
	elif inside_sysroot && [[ -s $recorded ]]; then cat "$recorded"
	else host_mirror || builtin_mirror "$1"
	fi
}

# Proxies, time-outs and date checks as the host has them: they make the mirror reachable. Inside
# the sysroot the host's are not to be seen; there the recorded ones stay.
record_network_settings() {
	local dir=$1
	if inside_sysroot && [[ -e $dir/network.conf ]]; then return; fi
	{
		echo 'Acquire::Languages "none";'
		apt-config dump --format '%F "%v";%n' |
			grep -E '^Acquire::(https?|ftp|Check-|Max-|Retries|ForceIPv|Queue)' || true
	} >"$dir/network.conf"
}

write_archive_configuration() {
	local suite=$1 mirror=$2 dir name
	dir=$(archive "$suite")
	mkdir -p "$dir"/{lists/partial,cache/archives/partial,empty}
	: >"$dir/status"
	record_network_settings "$dir"
	cat - "$dir/network.conf" >"$dir/apt.conf" <<-END
	Dir::State "$dir";
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::State::extended_states "$dir/extended_states";
	Dir::Cache "$dir/cache";
	Dir::Log "$dir";
	Dir::Etc::main "/dev/null";
	Dir::Etc::parts "$dir/empty";
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "$dir/empty";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$dir/empty";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "root";
	END
	for name in $(archive_suites "$suite"); do
		printf 'deb [signed-by=%s] %s %s main\n' "$DEBIAN_KEYRING" "$mirror" "$name"
	done >"$dir/sources.list"
	printf '%s\n' "$mirror" >"$dir/mirror"
}

# Prints "suite release version" of every kernel whose headers the suites offer.
offered_kernels() {
	local name file
	for name in $(archive_suites "$1"); do
		# shellcheck disable=SC2016 # apt expands FILENAME.
		private_apt "$1" apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' "Release: $name" |
		while IFS= read -r file; do
			private_apt "$1" /usr/lib/apt/apt-helper cat-file "$file" | awk -v suite="$name" '
				$1 == "Package:" { package = $2 }
				$1 == "Version:" && package ~ /^linux-headers-[0-9].*-amd64$/ {
					print suite, substr(package, length("linux-headers-") + 1), $2
				}'
		done
	done
}

# Sorts lines by the version that is their last word, the newest first, in the order that dpkg
# gives to versions. There are some twenty lines.
newest_first() {
	local sorted=() line i
	while IFS= read -r line; do
		for ((i = ${#sorted[@]}; i > 0; i--)); do
			dpkg --compare-versions "${line##* }" gt "${sorted[i - 1]##* }" || break
			sorted[i]=${sorted[i - 1]}
		done
		sorted[i]=$line
	done
	((${#sorted[@]} == 0)) || printf '%s\n' "${sorted[@]}"
}

archive_is_fresh() {
	local dir
	dir=$(archive "$1")
	[[ -s $dir/look-again && -e $dir/kernels ]] || return 1
	[[ -z ${MIRROR:-} || ${MIRROR%/} == "$(<"$dir/mirror")" ]] || return 1
	((${TRANSLATE_PID_BEGUN:-$EPOCHSECONDS} < $(<"$dir/look-again")))
}

# Makes sure that the package lists were read within the last twelve hours, or else says how old
# they are. Fails if there are none at all.
refresh_archive() {
	local suite=$1 dir mirror before status=0
	if archive_is_fresh "$suite"; then return; fi
	dir=$(archive "$suite")
	lock "apt-$suite"
	if ! archive_is_fresh "$suite"; then
		ensure_host_tools
		mirror=$(archive_mirror "$suite")
		mkdir -p "$dir"
		before=$(cat "$dir/mirror" 2>/dev/null) || before=$mirror
		write_archive_configuration "$suite" "$mirror"
		say "reading the package lists of $suite from $mirror ..."
		if private_apt "$suite" apt-get -qq --error-on=any update >&2; then
			offered_kernels "$suite" | newest_first >"$dir/kernels.new"
			mv "$dir/kernels.new" "$dir/kernels"
			echo $((EPOCHSECONDS + ARCHIVE_LOOK_AGAIN)) >"$dir/look-again"
		elif [[ -e $dir/kernels ]]; then
			say "the archive cannot be reached; going on with what it offered on $(date -r "$dir/kernels" '+%F %R')."
			write_archive_configuration "$suite" "$before"
			echo $((EPOCHSECONDS + ARCHIVE_RETRY)) >"$dir/look-again"
		else
			say "the archive cannot be reached; check the network and apt's proxy settings," \
				"or name another archive with MIRROR=<URI>."
			status=1
		fi
	fi
	unlock
	return $status
}

# Downloads PACKAGE=VERSION... of a suite into a directory.
download_packages() {
	local suite=$1 dir=$2
	shift 2
	(cd "$dir" && private_apt "$suite" apt-get -qq download "$@" >&2)
}

# The tools that bring in everything else.
ensure_host_tools() {
	local missing=() command
	inside_sysroot && return
	command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
	command -v bwrap >/dev/null || missing+=(bubblewrap)
	[[ -e $DEBIAN_KEYRING ]] || missing+=(debian-archive-keyring)
	((${#missing[@]})) || return 0
	command="apt-get install --no-install-recommends ${missing[*]}"
	command -v apt-get >/dev/null ||
		die "this host has no apt; please install with its own package manager: apt, ${missing[*]}."
	((EUID == 0)) || die "this host lacks ${missing[*]}; please run: sudo $command"
	say "this host lacks ${missing[*]}; running: $command"
	{
		apt-get -qq update || true
		DEBIAN_FRONTEND=noninteractive apt-get install --no-install-recommends -qq -y "${missing[@]}"
	} >&2 || die "${missing[*]} could not be installed; please see apt's words above and run: $command"
}
