# SPDX-License-Identifier: GPL-2.0-only
#
# For the makefiles of tests, after ABIS and ABI_FLAGS_<abi>: says in a sentence what this machine
# lacks to build them, which compilers and make say badly. Sets KSELFTEST_DIR where USES_KSELFTEST is set.

ifneq (clean,$(MAKECMDGOALS))

INSTEAD := run '$(REPOSITORY)/scripts/sysroot run make -C $(CURDIR)', where all is there, or the suite by tests/run, which does so

# $(1): an ABI; it is printed if no program can be built for it.
cannot_build = $(shell program=$$(mktemp) && \
	{ echo 'int main(void) { return 0; }' | \
		$(CC) $(ABI_FLAGS_$(1)) -static -pthread -x c -o "$$program" - 2>/dev/null || echo $(1); \
	  rm -f "$$program"; })

LACKING := $(strip $(foreach abi,$(ABIS),$(call cannot_build,$(abi))))
ifneq (,$(LACKING))
$(error $(CC) cannot build static programs for $(LACKING) here; $(INSTEAD))
endif

ifneq (,$(USES_KSELFTEST))
# Asked for once, and only where the compilers are there: this may take minutes.
ifndef KSELFTEST_DIR
KSELFTEST_DIR := $(shell $(REPOSITORY)/scripts/rust-kit)/tools/testing/selftests
endif
ifeq (,$(wildcard $(KSELFTEST_DIR)/kselftest_harness.h))
$(error there is no kselftest_harness.h in '$(KSELFTEST_DIR)'; let KSELFTEST_DIR name tools/testing/selftests of a kernel source tree, or $(INSTEAD))
endif
endif

endif
