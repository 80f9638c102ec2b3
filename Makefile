# SPDX-License-Identifier: GPL-2.0-only
#
# make            build translate_pid.ko for the running kernel, or for KDIR=
# sudo make install     (sudo make uninstall)
# make demo       see it work in an emulated machine; sets up all it needs
# make test       prove it
# `make help` lists the rest.

# The kernel build tree. By default that of the running kernel, or, where it
# lacks Rust metadata as Debian's does, a rust kit made for the same release;
# KERNEL= names another release whose headers are installed.
KDIR ?=
kdir := $(if $(KDIR),'$(KDIR)',"$$(scripts/rust-kit "$${KERNEL:---running}")")
kbuild = $(MAKE) -C "$$kdir" M='$(CURDIR)'

# The kernel's build splits M= at blanks.
ifneq ($(word 2,$(CURDIR)),)
$(error the path '$(CURDIR)' has a blank in it, which the kernel's build does not take; please use another directory)
endif

.PHONY: all modules modules_install install uninstall clean rust-analyzer library lint hosttest test demo help \
	test-all fuzz stress storm bench bench-check

all modules:
	+@kdir=$(kdir) && $(kbuild) modules

# For packagers: takes INSTALL_MOD_PATH and signs if the build tree has a key.
modules_install:
	+@kdir=$(kdir) && $(kbuild) modules_install

# Copies what `make` has built; needs neither the build tree nor a compiler.
install:
	scripts/install-module

# What both installations left: the module, for all kernels, and the C library.
uninstall:
	scripts/install-module --uninstall
	$(MAKE) -C shim uninstall

clean:
	+@kdir=$(kdir) && $(kbuild) clean
	rm -rf build tests/out tests/*/out demo/out rust-project.json

rust-analyzer:
	+@kdir=$(kdir) && $(kbuild) rust-analyzer

# The C library and the preload shim; `sudo make -C shim install` installs them.
library:
	$(MAKE) -C shim

lint:
	scripts/lint

hosttest:
	scripts/sysroot run cargo test --quiet --manifest-path tests/host/Cargo.toml

# WITH= names more suites, see tests/run --help.
test:
	tests/run test $(WITH)

test-all:
	tests/run all

# ARGS= are options of tests/run or of the suite: `make test-guest ARGS='--only access_test --abi x86-64'`,
# `make test-stress ARGS='--seconds 3600'`.
test-%:
	tests/run $* $(if $(ARGS),-- $(ARGS))

fuzz stress storm:
	tests/run $@ $(if $(ARGS),-- $(ARGS))

# ARGS= are options of tests/bench/run.
bench:
	tests/bench/run --write $(ARGS)

bench-check:
	tests/run bench $(if $(ARGS),-- $(ARGS))

demo:
	demo/run

help:
	@echo 'make                  build translate_pid.ko for the running kernel (KERNEL=<release> or KDIR=<build tree> for another)'
	@echo 'sudo make install     install it below /lib/modules and run depmod (DESTDIR= for a staging tree)'
	@echo 'make library          the C library and the preload shim (sudo make -C shim install)'
	@echo 'sudo make uninstall   remove what both installations left'
	@echo 'make demo             see it work in an emulated Debian kernel (KERNEL=<name> for another: qemu/vm --list)'
	@echo 'make test             the whole test suite, in the same way'
	@echo 'make test-all         all of it: other kernels, debug kernels, faults, fuzzing, stress, unload storm'
	@echo 'make test-NAME        one suite, with ARGS="..." as its options (tests/run --help, tests/NAME/run --help):'
	@tests/run --suites | xargs | fold -s -w 76 | sed 's/^/                      /'
	@echo '                      such as: make test-guest ARGS="--only access_test --abi x86-64"'
	@echo 'make fuzz, stress or storm   the same as test-fuzz, test-stress, test-storm'
	@echo 'make bench            what each way to translate a pid costs: docs/performance.md with table and chart'
	@echo 'make bench-check      the same measurement against its goals; a part of make test-all'
	@echo 'make lint             text, layering, rustfmt, clippy, checkpatch, shellcheck, ruff, mypy, the interface'
	@echo 'make hosttest         tests of the logic that runs without a kernel'
	@echo 'make modules_install  kbuild'"'"'s own installation, for packagers'
	@echo 'make rust-analyzer    rust-project.json for editors'
	@echo 'make clean            remove what was built in this tree'
	@echo 'docs/contributing.md  how to change something here: the files of a command, one test, commits'
