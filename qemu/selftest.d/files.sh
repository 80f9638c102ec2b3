# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Files, programs and packages put into the guest.

test_copy() {
	local tree=$work/tree
	mkdir -p "$tree/deep dir"
	echo 'in a file' >"$tree/deep dir/file"
	# shellcheck disable=SC2016 # the guest's shell expands it.
	printf '#!/bin/sh\necho "$0 runs"\n' >"$tree/script"
	chmod 751 "$tree/script"
	chmod 4710 "$tree/deep dir/file"
	ln -s 'deep dir/file' "$tree/link"
	# The tree's own xz is a program with libraries.
	(
		cd "$work" || exit
		run --no-module --copy tree --copy tree/script:/opt/x/renamed --copy tree/script:/opt/ \
			--copy /usr/bin/xz --copy="$tree/deep dir:/usr/share/one" -- sh -c '
			cat /tree/link "/usr/share/one/file"; /tree/script; /opt/x/renamed; /opt/script; readlink /tree/link
			stat -c "%a %U" /tree/script "/tree/deep dir/file"; echo abc | /xz | xz -d'
		echo "$status" >"$work/status"
	)
	status=$(<"$work/status")
	check 'files, directories, links, modes and libraries arrive' cmp -s "$out" - <<-'END'
	in a file
	in a file
	/tree/script runs
	/opt/x/renamed runs
	/opt/script runs
	deep dir/file
	751 root
	4710 root
	abc
	END
	run --no-module --copy "$work/absent" -- true
	check 'a missing --copy source is status 69' fails_saying 69 "there is no $work/absent"
}

# The same program for the three ABIs, each with a loader and libraries of its own.
test_copy_of_all_abis() {
	cat >"$work/abi.c" <<-'END'
	#include <pthread.h>
	#include <stdio.h>
	static void *run(void *unused) { pthread_exit(unused); }
	int main(void)
	{
		pthread_t thread;
		/* The end of a thread makes the C library load another library by name. */
		if (pthread_create(&thread, NULL, run, NULL) || pthread_join(thread, NULL))
			return 1;
		printf("%zu %zu\n", sizeof(void *), sizeof(long long));
		return 0;
	}
	END
	# shellcheck disable=SC2016 # the tree's shell expands it.
	"$checkout/scripts/sysroot" run --bind "$work" sh -c '
		cd "$1" && for abi in 64 32 x32; do gcc -m$abi -pthread -o abi-$abi abi.c || exit; done' sh "$work"
	run --no-module --append syscall.x32=y --copy "$work/abi-64:/" --copy "$work/abi-32:/" --copy "$work/abi-x32:/" \
		-- sh -c '/abi-64; /abi-32; /abi-x32'
	check 'programs of all three ABIs run' cmp -s "$out" - <<<$'8 8\n4 8\n4 8'
}

test_packages() {
	run --no-module --with jq --with strace -- sh -c '
		echo "{\"a\": [1, 18446744073709551615]}" | jq -c ".a[0]"
		strace -f -o /tmp/trace true && grep -c "execve(.* = 0$" /tmp/trace'
	check 'programs of Debian packages run' cmp -s "$out" - <<<$'1\n1'
	run --no-module --with no-such-package-anywhere -- true
	check 'an unknown package is status 69' fails_saying 69 'apt cannot provide'
}
