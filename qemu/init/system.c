// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file.h"
#include "system.h"
#include "verdict.h"

/* For kernels without devtmpfs. Nodes that drivers add later stay missing there. */
static void make_device_nodes(void)
{
	static const struct { const char *path; mode_t mode; unsigned int major, minor; } nodes[] = {
		{ "/dev/null", 0666, 1, 3 },	{ "/dev/zero", 0666, 1, 5 },
		{ "/dev/full", 0666, 1, 7 },	{ "/dev/random", 0666, 1, 8 },
		{ "/dev/urandom", 0666, 1, 9 },	{ "/dev/kmsg", 0644, 1, 11 },
		{ "/dev/tty", 0666, 5, 0 },	{ "/dev/console", 0600, 5, 1 },
		{ "/dev/ptmx", 0666, 5, 2 },	{ "/dev/ttyS0", 0600, 4, 64 },
		{ "/dev/ttyS1", 0600, 4, 65 },	{ "/dev/ttyS2", 0600, 4, 66 },
		{ "/dev/ttyS3", 0600, 4, 67 },
	};

	mount("dev", "/dev", "tmpfs", MS_NOSUID, "mode=755");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		mknod(nodes[i].path, S_IFCHR | nodes[i].mode, makedev(nodes[i].major, nodes[i].minor));
		chmod(nodes[i].path, nodes[i].mode);
	}
}

void make_devices(void)
{
	mkdir("/dev", 0755);
	if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, "mode=755"))
		make_device_nodes();
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void mount_file_systems(void)
{
	static const struct {
		const char *path, *type, *options;
		unsigned long flags;
		bool required;
	} mounts[] = {
		{ "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
		{ "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
		{ "/tmp", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, true },
		{ "/run", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, true },
		{ "/dev/pts", "devpts", "mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC, false },
		{ "/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, false },
		{ "/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
		{ "/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
		{ "/sys/kernel/security", "securityfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
		{ "/sys/kernel/debug", "debugfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
		{ "/sys/kernel/tracing", "tracefs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, mounts[i].flags, mounts[i].options) &&
		    mounts[i].required)
			fault("mounting %s on %s failed: %s", mounts[i].type, mounts[i].path, strerror(errno));
	}
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

void prepare_system(void)
{
	struct rlimit files = { 1024, 524288 };

	mount_file_systems();
	raise_loopback();
	sethostname("guest", 5);
	mkdir("/home/user", 0755);
	chown("/home/user", 1000, 1000);
	setrlimit(RLIMIT_NOFILE, &files);
	/* Shorter than the default two minutes, so that a hung task shows within a usual test's time limit. */
	if (exists("/proc/sys/kernel/hung_task_timeout_secs"))
		write_file("/proc/sys/kernel/hung_task_timeout_secs", "60");
}
