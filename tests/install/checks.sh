# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What tests/install/inside looks at, in this order: each finds the tree as the one before left it.
#
# shellcheck disable=SC2317 # The checks are called through check().

say "laying out the tree ..."
lay_out_tree

# On the stock kernel ------------------------------------------------------------------------------

in_tree apt-get -qq install --no-install-recommends make linux-headers-amd64 >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2; exit 1; }
stock=$(find "$tree/usr/src" -maxdepth 1 -name 'linux-headers-*-amd64' -printf '%f\n' | sed 's/^linux-headers-//')
backports='sudo apt install linux-image-amd64/trixie-backports linux-headers-amd64/trixie-backports'

run_kernel "$stock"
check "on the stock $stock, make asks for the backports kernel, in one sentence" \
	refuses 'built without CONFIG_RUST' 'install and boot' "$backports" -- user make
put /boot/config-6.12.0-amd64 <"$tree/usr/src/linux-headers-$stock/.config"
run_kernel 6.12.0-amd64
check 'and so it does without headers, by the configuration in /boot' \
	refuses 'built without CONFIG_RUST' 'install and boot' "$backports" -- user make
rm "$tree/boot/config-6.12.0-amd64"
check 'on a kernel that nothing is known of, make names KERNEL= and scripts/build-module' \
	refuses 'headers of the running kernel' 'make KERNEL=' 'scripts/build-module' -- user make
run_kernel "$stock"

# README's words -----------------------------------------------------------------------------------

say "following README ..."
check "README's apt line installs all that is needed" follow 1
check 'and after the reboot a kernel with CONFIG_RUST runs' \
	grep -qx CONFIG_RUST=y "$tree/usr/src/linux-headers-$(running)/.config"
check 'make, sudo make install and modprobe, as in README' follow 2
check "the module is below /lib/modules/$(running), and depmod knows it" is_installed
check 'the installation says how to load it now' grep "load it now with 'modprobe translate_pid'" "$work/said-2"
check 'the library, as in README' follow 3
check 'installing leaves nothing of root in the checkout' nothing_of_roots
check 'a program builds by pkg-config' build_program ask '' ''
check 'and starts without further steps' program_starts ask
check 'LD_PRELOAD of the name in README works' preloads cat /proc/self/maps

if ! { cp "$tree/lib/modules/$(running)/updates/translate_pid.ko" "$tree/home/user/ask" "$work/result" &&
	mkdir "$work/result/lib" && cp -L "$tree"/usr/local/lib/libtranslate_pid.so.0 "$work/result/lib" &&
	running >"$work/result/release"; }; then
	say "there is nothing to boot."
fi

# The kit -------------------------------------------------------------------------------------------

check 'the kit takes less than 300 MB' kit_is_small
check "the kernel's own Rust samples build with it" builds_samples
check 'rust-analyzer gets all sources' serves_rust_analyzer
# Its version of gcc is the kernel's, but it is another package of that name.
check 'gcc-multilib can be installed' user sudo apt install gcc-multilib
check 'with gcc-multilib make uses the same kit' makes_with_kit
check 'linux-source can be removed' user sudo apt remove 'linux-source-*'
check 'without linux-source make uses the same kit' makes_with_kit
check 'make install for a kernel that does not run says to boot it' install_for_other_kernel
check 'root without HOME builds with a kit in /var/cache' builds_without_home
check 'a user without HOME and XDG_CACHE_HOME gets a sentence' \
	refuses 'neither HOME nor XDG_CACHE_HOME is set' -- user env -u HOME make
check 'a cache whose path has a blank gets a sentence' \
	refuses "'/home/user/a blank/translate-pid' has a blank" -- user env XDG_CACHE_HOME='/home/user/a blank' make
user cp -r . '/home/user/with blank'
check 'a checkout whose path has a blank gets a sentence' \
	refuses "'/home/user/with blank' has a blank" -- user make -C '/home/user/with blank'
check 'and so it does from the scripts' \
	refuses "'/home/user/with blank/scripts' has a blank" -- user '/home/user/with blank/scripts/build-module'

# More ABIs, and away with all ----------------------------------------------------------------------

check 'the library for i386 builds' user make library ABI=i386
check 'and installs' install_i386
check 'beside the 64-bit one, which stays' is_64_bit
check 'with which programs start as before' program_starts ask
check '32-bit programs build' build_program ask32 -m32 \
	PKG_CONFIG_PATH=/usr/local/lib/i386-linux-gnu/pkgconfig
check 'and start, or the installation says what is missing' program_32_starts
check "i386 into the 64-bit library's directory is refused" \
	refuses 'is of another ABI' LIBDIR= -- user sudo make -s -C shim install ABI=i386 LIBDIR=/usr/local/lib
check 'and leaves the 64-bit one' is_64_bit
check 'sudo make -C shim install on a fresh tree is refused' refused_on_fresh_tree
check 'sudo make uninstall leaves nothing' uninstalls
# Packages that the archive no longer has are not kept.
in_tree apt-get -qq autoclean >&2
touch "$work/result/finished"
