/* SPDX-License-Identifier: GPL-2.0-only */
/* What node_ops.c needs of a node's own side in ns_tree.c. */
#ifndef NODE_SERVE_H
#define NODE_SERVE_H

/* The socket to the test process. */
extern int node_channel;

/* Answers the call at work, for a function that does not return. */
void node_answer(int result);

/* Answers calls until the test process closes its end; does not return. */
_Noreturn void node_serve(void);

#endif
