// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "audit.h"

struct message {
	struct nlmsghdr head;
	union {
		struct nlmsgerr error;
		struct audit_status status;
		char text[8192];
	};
};

long audit_tell(struct audit *audit, __u16 type, const void *data, size_t size)
{
	static __u32 sequence;
	struct message message = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(size),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_seq = ++sequence,
		},
	};

	memcpy(message.text, data, size);
	if (send(audit->control, &message, message.head.nlmsg_len, 0) < 0)
		return -errno;
	do {
		if (recv(audit->control, &message, sizeof(message), 0) < 0)
			return -errno;
	} while (message.head.nlmsg_type != NLMSG_ERROR ||
		 message.head.nlmsg_seq != sequence);
	return message.error.error;
}

static __u32 enabled(int control)
{
	struct message message = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(0),
			.nlmsg_type = AUDIT_GET,
			.nlmsg_flags = NLM_F_REQUEST,
		},
	};

	if (send(control, &message, message.head.nlmsg_len, 0) < 0)
		return 0;
	do {
		if (recv(control, &message, sizeof(message), 0) < 0)
			return 0;
	} while (message.head.nlmsg_type != AUDIT_GET);
	return message.status.enabled;
}

static long enable(struct audit *audit, __u32 value)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED,
		.enabled = value,
	};

	return audit_tell(audit, AUDIT_SET, &status, sizeof(status));
}

long audit_begin(struct audit *audit)
{
	struct sockaddr_nl listener = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1),
	};

	audit->control = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (audit->control < 0)
		return -errno;
	audit->records = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (audit->records < 0 ||
	    bind(audit->records, (struct sockaddr *)&listener, sizeof(listener)))
		return -errno;
	audit->enabled_before = enabled(audit->control);
	return enable(audit, 1);
}

long audit_end(struct audit *audit)
{
	long error = enable(audit, audit->enabled_before);

	close(audit->records);
	close(audit->control);
	return error;
}

const char *audit_next(struct audit *audit, int timeout_ms, __u16 *type)
{
	static struct message message;
	struct pollfd wait = { .fd = audit->records, .events = POLLIN };
	ssize_t length;

	if (poll(&wait, 1, timeout_ms) != 1)
		return NULL;
	length = recv(audit->records, &message, sizeof(message) - 1, 0);
	if (length < (ssize_t)NLMSG_HDRLEN)
		return NULL;
	((char *)&message)[length] = '\0';
	*type = message.head.nlmsg_type;
	return message.text;
}
