/* SPDX-License-Identifier: GPL-2.0-only */
/* What bindgen reads for ffi.rs. */
#include "../callbacks/callbacks.h"
#include "../helpers/helpers.h"
