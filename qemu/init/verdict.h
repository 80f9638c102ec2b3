/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict port, ttyS2: what the guest tells the host, line by line.
 *
 * Every line begins with the run's random token, so that nothing the command does by accident can look
 * like a verdict. qemu/machine.py reads the port; both ends list the same events:
 *
 *   boot                      the guest is prepared
 *   fault TEXT                the guest could not be prepared; nothing more follows
 *   load ERRNO FILE           a module file was loaded (0) or refused
 *   run                       the command starts
 *   exit STATUS               the command ended, 128+n when signal n killed it
 *   survivors COUNT           processes that SIGKILL did not end
 *   unload ERRNO              the module was removed (0) or not
 *   leaks / leaks-end BYTES   around kmemleak's report
 *   log / log-end BYTES       around the records of /dev/kmsg
 *   done                      the verdict is complete
 */
#ifndef VERDICT_H
#define VERDICT_H

void open_verdict(void);
/* The token has to stay where it is. */
void set_token(const char *text);
void __attribute__((format(printf, 1, 2))) tell(const char *format, ...);
/* What can be read from fd, between the events NAME and NAME-end. */
void send_file(const char *name, int fd);
/* Both end the machine, fault() after telling why. */
void __attribute__((noreturn, format(printf, 1, 2))) fault(const char *format, ...);
_Noreturn void stop(void);

#endif
