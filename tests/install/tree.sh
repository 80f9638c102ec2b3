# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tree of tests/install/inside: how it is laid out, and how its root and its user run commands.
# Needs work, base, tree, packages and source_in_tree.

environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb)
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
	[[ -z ${!name:-} ]] || environment+=("$name=${!name}")
done

in_tree() { chroot "$tree" env -i "${environment[@]}" HOME=/root "$@" </dev/null; }

# In the user's checkout.
user() {
	chroot "$tree" runuser -u user -- env -i -C "$source_in_tree" "${environment[@]}" \
		HOME=/home/user USER=user "$@" </dev/null
}

# The release that the tree's uname tells.
running() { cat "$tree/etc/running-kernel"; }
run_kernel() { echo "$1" >"$tree/etc/running-kernel"; }

put() {
	mkdir -p "$tree${1%/*}"
	cat >"$tree$1"
	chmod "${2:-644}" "$tree$1"
}

lay_out_tree() {
	local node
	tar -x --numeric-owner --exclude='./dev/*' -C "$tree" -f "$base"
	mount --bind "$tree" "$tree"
	mount -t tmpfs -o mode=755 dev "$tree/dev"
	for node in null zero full random urandom tty; do
		: >"$tree/dev/$node"
		mount --bind "/dev/$node" "$tree/dev/$node"
	done
	mkdir "$tree/dev/pts" "$tree/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$tree/dev/pts"
	ln -s pts/ptmx "$tree/dev/ptmx"
	ln -s /proc/self/fd "$tree/dev/fd"
	mount -t tmpfs -o mode=1777 shm "$tree/dev/shm"
	mount -t proc proc "$tree/proc"
	mkdir -p "$packages/partial"
	mount --bind "$packages" "$tree/var/cache/apt/archives"

	cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
	cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt" 2>/dev/null || true
	printf '127.0.0.1 localhost %s\n' "$(uname -n)" | put /etc/hosts
	put /etc/apt/apt.conf.d/90network <"$work/network.conf"
	# The answer that a person gives, and packages for the next run.
	put /etc/apt/apt.conf.d/91test <<-'END'
	APT::Get::Assume-Yes "true";
	APT::Keep-Downloaded-Packages "true";
	Binary::apt::APT::Keep-Downloaded-Packages "true";
	APT::Sandbox::User "root";
	END
	printf 'force-unsafe-io\n' | put /etc/dpkg/dpkg.cfg.d/test
	# No initramfs: nothing boots here.
	in_tree dpkg-divert --quiet --local --rename --add /usr/sbin/update-initramfs
	printf '#!/bin/sh\n' | put /usr/sbin/update-initramfs 755
	printf '#!/bin/sh\nexit 101\n' | put /usr/sbin/policy-rc.d 755

	put /usr/local/bin/uname 755 <<-'END'
	#!/bin/sh
	if [ "$*" = -r ]; then exec cat /etc/running-kernel; fi
	exec /bin/uname "$@"
	END
	# The newest kernel that is installed runs next.
	put /usr/local/sbin/reboot 755 <<-'END'
	#!/bin/sh
	ls /boot | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1 >/etc/running-kernel
	END
	put /usr/local/sbin/modprobe 755 <<-'END'
	#!/bin/sh
	exec /sbin/modprobe --set-version "$(uname -r)" --show-depends "$@"
	END

	in_tree useradd --create-home --shell /bin/bash user
	printf 'user ALL=(ALL) NOPASSWD: ALL\n' | put /etc/sudoers.d/user 440
	cp -r --preserve=mode,timestamps "$work/checkout" "$tree$source_in_tree"
	chown -R 1000:1000 "$tree/home/user"
	in_tree apt-get -qq update
}
