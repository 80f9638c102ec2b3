// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/uidgid.h>

#include "helpers.h"

/* The calling task's, counted. */
const struct cred *translate_pid_get_cred(void)
{
	return get_current_cred();
}

/* From any context. */
void translate_pid_put_cred(const struct cred *cred)
{
	put_cred(cred);
}

/* The kernel's own number of the real user, in no user namespace. */
unsigned int translate_pid_cred_user(const struct cred *cred)
{
	return __kuid_val(cred->uid);
}

/*
 * The calling task acts under @cred, which the caller keeps, until it reverts to
 * those that are returned.
 */
const struct cred *translate_pid_override_cred(const struct cred *cred)
{
	return override_creds(cred);
}

void translate_pid_revert_cred(const struct cred *cred)
{
	revert_creds(cred);
}
