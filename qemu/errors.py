# SPDX-License-Identifier: GPL-2.0-only
"""The statuses of qemu/vm that are not the command's own, and the exception that carries a sentence."""

USAGE = 64
INFRASTRUCTURE = 69
KERNEL_TROUBLE = 70


class Infrastructure(Exception):
    """Something other than the tested code failed; the text is a sentence for the person who started the run."""
