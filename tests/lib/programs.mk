# SPDX-License-Identifier: GPL-2.0-only
#
# For a suite's directory of programs: builds each of PROGRAMS static, from its
# own .c file, from PARTS, and from the tests' library, for each ABI of ABIS
# into out/<abi>/. A program that is not for all of them is named in
# ONLY_<abi>.

SUITE_DIR := $(CURDIR)
LIB_DIR := $(abspath $(SUITE_DIR)/../lib)
REPOSITORY := $(abspath $(SUITE_DIR)/../..)
SHIM := $(REPOSITORY)/shim/lib
OUT := $(SUITE_DIR)/out

ABI_FLAGS_x86-64 := -m64
ABI_FLAGS_i386 := -m32

USES_KSELFTEST := yes
include $(LIB_DIR)/tools.mk

CPPFLAGS := -D_GNU_SOURCE -isystem $(KSELFTEST_DIR) -I$(SUITE_DIR) -I$(LIB_DIR) \
	-I$(REPOSITORY)/include/uapi -I$(SHIM)
CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror
LDFLAGS := -static -s -pthread

LIBRARY := $(notdir $(wildcard $(LIB_DIR)/*.c)) $(notdir $(wildcard $(SHIM)/*.c)) $(PARTS)
HEADERS := $(wildcard $(SUITE_DIR)/*.h $(LIB_DIR)/*.h $(REPOSITORY)/include/uapi/linux/*.h) $(wildcard $(SHIM)/*.h)
vpath %.c $(SUITE_DIR) $(LIB_DIR) $(SHIM)

all: $(foreach abi,$(ABIS),$(PROGRAMS:%=$(OUT)/$(abi)/%) $(ONLY_$(abi):%=$(OUT)/$(abi)/%))

# $(1): name of the ABI.
define build_abi
$(OUT)/$(1)/%.o: %.c $(HEADERS)
	@mkdir -p $$(@D)
	$$(CC) $$(ABI_FLAGS_$(1)) $$(CPPFLAGS) $$(CFLAGS) -c -o $$@ $$<

$(PROGRAMS:%=$(OUT)/$(1)/%) $(ONLY_$(1):%=$(OUT)/$(1)/%): $(OUT)/$(1)/%: $(OUT)/$(1)/%.o \
		$(LIBRARY:%.c=$(OUT)/$(1)/%.o)
	$$(CC) $$(ABI_FLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^
endef
$(foreach abi,$(ABIS),$(eval $(call build_abi,$(abi))))

clean:
	$(RM) -r $(OUT)

.PHONY: all clean
.SECONDARY:
