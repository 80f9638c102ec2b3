# SPDX-License-Identifier: GPL-2.0-only
"""Builds what the guest finds: PID 1, busybox, the module, packages, copied files, and its orders."""

import hashlib
import os
import posixpath
import re
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

import elf
import packages
from errors import Infrastructure
from initramfs import Tree
from kernel import Kernel

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
COMPILE = ["gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror"]
MODULE_IN_GUEST = "/lib/translate_pid.ko"
# The guest's clock settles within this time under -icount; before, it runs too fast.
ICOUNT_SETTLE_SECONDS = 3

# qemu/init/system.c mounts on these, which hides what an archive brings there.
MOUNTED_OVER = ("dev", "proc", "run", "sys", "tmp")

USERS = """\
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
user:x:1000:1000:user:/home/user:/bin/sh
"""
GROUPS = """\
root:x:0:
tty:x:5:
nogroup:x:65534:
user:x:1000:
"""
HOSTS = """\
127.0.0.1 localhost guest
::1 localhost
"""


def init_program() -> Path:
    """qemu/init/*.c compiled; kept in the cache by content."""
    sources = sorted((HERE / "init").glob("*.[ch]"))
    digest = hashlib.sha256(" ".join(COMPILE).encode())
    for source in sources:
        digest.update(source.read_bytes())
    key = digest.hexdigest()[:16]
    program = packages.cache() / "guest-init" / key
    if program.is_file():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=f"{key}.partial.", dir=program.parent)
    os.close(descriptor)
    try:
        subprocess.run([*COMPILE, "-o", partial, *(s for s in sources if s.suffix == ".c")], check=True)
        os.rename(partial, program)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Infrastructure(f"qemu/init cannot be compiled ({error}); qemu/vm needs gcc and static libc.") from error
    finally:
        Path(partial).unlink(missing_ok=True)
    return program


def module_file() -> Path:
    return Path(os.environ.get("MODULE") or CHECKOUT / "translate_pid.ko")


def _add_base(tree: Tree) -> None:
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        tree.add_directory(f"usr/{name}")
        tree.add_link(name, f"usr/{name}")
    for name in ("dev", "proc", "sys", "run", "etc", "var", "mnt", "vm"):
        tree.add_directory(name)
    for name, mode in (("root", 0o700), ("tmp", 0o1777)):
        tree.add_directory(name, mode)
    # A kernel without devtmpfs opens these before PID 1 can make them.
    tree.add_character_device("dev/console", 0o600, 5, 1)
    tree.add_character_device("dev/null", 0o666, 1, 3)
    tree.add_file("init", str(init_program()), 0o755)


def _add_busybox(tree: Tree) -> None:
    busybox = "/usr/bin/busybox"
    try:
        applets = subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Infrastructure(f"{busybox} does not work ({error}); install busybox-static.") from error
    tree.add_file(busybox, busybox, 0o755)
    for applet in applets.split():
        if not tree.find(applet):
            tree.add_link(applet, busybox)


def _add_accounts(tree: Tree) -> None:
    for path, content in (("etc/passwd", USERS), ("etc/group", GROUPS), ("etc/hosts", HOSTS)):
        tree.add_file(path, content.encode())
    tree.add_directory("home")


def _add_copies(tree: Tree, copies: Iterable[str]) -> None:
    copied: list[str] = []
    for request in copies:
        source, _, destination = request.partition(":")
        if not os.path.exists(source):
            raise Infrastructure(f"--copy {request}: there is no {os.path.abspath(source)}.")
        if not destination or destination.endswith("/"):
            destination = posixpath.join("/", destination, os.path.basename(os.path.abspath(source)))
        covered = destination.strip("/").split("/")[0]
        if covered in MOUNTED_OVER:
            raise Infrastructure(
                f"--copy {request}: /{covered} is a mount of its own in the guest; choose another DST."
            )
        copied += tree.copy(source, destination)
    for complaint in elf.add_libraries(tree, copied):
        print(f"qemu/vm: {complaint}, which is neither in the guest nor in the build tree.", file=sys.stderr)


def _add_packages(tree: Tree, names: Iterable[str]) -> None:
    root = packages.provide(sorted(set(names)))
    for _ in tree.copy(str(root), "/"):
        pass


def parameter_string(parameters: Iterable[str]) -> str:
    """Module parameters as the kernel reads them: values with spaces in double quotes."""
    words = []
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if re.search(r"\s", value):
            value = f'"{value}"'
        words.append(name + equals + value)
    return " ".join(words)


def _add_orders(tree: Tree, options: Namespace, token: str, kernel: Kernel) -> None:
    orders = [f"token={token}", f"settle={ICOUNT_SETTLE_SECONDS if options.icount else 0}"]
    for name, content in kernel.stock_modules(options.modprobe):
        path = f"/lib/modules/{kernel.release}/{name}.ko"
        tree.add_file(path, content)
        orders.append(f"dependency={path}")
    module = module_file()
    if module.is_file():
        tree.add_file(MODULE_IN_GUEST, str(module))
        orders.append(f"module={MODULE_IN_GUEST}")
    if not options.no_module:
        if not module.is_file():
            raise Infrastructure(
                f"{module} is missing; build it with `scripts/build-module {options.kernel or 'stock'}` and name "
                f"what that prints in MODULE=, or with `make KERNEL={kernel.release}` where that kernel's headers "
                "are installed, or say --no-module."
            )
        orders.append(f"params={parameter_string(options.param)}")
    orders += [f"arg={argument}" for argument in options.command]
    tree.add_file("vm/config", b"".join(os.fsencode(order) + b"\0" for order in orders), 0o600)


def build(options: Namespace, token: str, kernel: Kernel) -> Tree:
    """The Tree of a run."""
    tree = Tree()
    _add_base(tree)
    if options.packages:
        _add_packages(tree, options.packages)
    _add_busybox(tree)
    _add_accounts(tree)
    _add_copies(tree, options.copy)
    _add_orders(tree, options, token, kernel)
    return tree
