# SPDX-License-Identifier: GPL-2.0-only
"""What a dynamically linked program needs, read from its ELF file.

ldd would run the program's loader, and this machine may be unable to run x32 or i386 code.
"""

import os
import posixpath
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from initramfs import Tree

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29

# Where the loaders of Debian's three ABIs look, by (bits, machine).
LIBRARY_DIRECTORIES = {
    (64, 62): ("/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib"),
    (32, 62): ("/usr/libx32", "/usr/lib/x86_64-linux-gnux32"),
    (32, 3): ("/usr/lib32", "/usr/lib/i386-linux-gnu"),
}
# glibc opens it by name, without declaring it, when a thread is cancelled or exits.
UNDECLARED = {"libc.so.6": "libgcc_s.so.1"}


@dataclass
class Dynamic:
    abi: tuple[int, int]
    interpreter: str = ""
    needed: list[str] = field(default_factory=list)
    search: list[str] = field(default_factory=list)


def read(path: str) -> Dynamic | None:
    """The dynamic section of a host file, or None for anything that is not a dynamic ELF file."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        file.seek(0)
        data = file.read()
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError):
        return None


def _parse(data: bytes) -> Dynamic | None:
    bits = {1: 32, 2: 64}[data[4]] if data[4] in (1, 2) else 0
    if not bits or data[5] != 1:
        return None
    machine = struct.unpack_from("<H", data, 18)[0]
    if bits == 64:
        table, size, count = *struct.unpack_from("<Q", data, 32), *struct.unpack_from("<HH", data, 54)
        headers = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
        segments = [(kind, offset, address, length) for kind, _, offset, address, _, length in headers]
        word = "<qQ"
    else:
        table, size, count = *struct.unpack_from("<I", data, 28), *struct.unpack_from("<HH", data, 42)
        headers = [struct.unpack_from("<IIIII", data, table + i * size) for i in range(count)]
        segments = [(kind, offset, address, length) for kind, offset, address, _, length in headers]
        word = "<iI"

    result = Dynamic((bits, machine))
    pairs = None
    for kind, offset, _, length in segments:
        if kind == PT_INTERP:
            result.interpreter = os.fsdecode(data[offset : offset + length].rstrip(b"\0"))
        elif kind == PT_DYNAMIC:
            pairs = list(struct.iter_unpack(word, data[offset : offset + length - length % struct.calcsize(word)]))
    if pairs is None:
        return None
    strings_address = next((value for tag, value in pairs if tag == DT_STRTAB), None)
    if strings_address is None:
        return None
    strings = next(
        offset + strings_address - address
        for kind, offset, address, length in segments
        if kind == PT_LOAD and address <= strings_address < address + length
    )

    def string(at: int) -> str:
        return os.fsdecode(data[strings + at : data.index(b"\0", strings + at)])

    for tag, value in pairs:
        if tag == DT_NEEDED:
            result.needed.append(string(value))
        elif tag in (DT_RPATH, DT_RUNPATH):
            result.search += string(value).split(":")
    return result


def add_libraries(tree: Tree, paths: Iterable[str]) -> list[str]:
    """Adds loaders and libraries for the given guest files from the tree we run in.

    A library that is in the guest already is left as it is, so that loader and libc stay a matching pair.
    Returns "file needs library" strings for what was found nowhere.
    """
    missing = []
    pending = list(paths)
    seen: set[str] = set()
    while pending:
        path = pending.pop()
        node = tree.find(path)
        key = tree.resolve(path)
        if key in seen or node is None or not node.is_file or isinstance(node.source, bytes):
            continue
        seen.add(key)
        dynamic = read(node.source)
        if dynamic is None:
            continue
        if dynamic.interpreter:
            if _provide(tree, dynamic.interpreter):
                pending.append(dynamic.interpreter)
            else:
                missing.append(f"/{key} needs {dynamic.interpreter}")
        for name in dynamic.needed:
            found = _provide_library(tree, name, key, dynamic)
            if found:
                pending.append(found)
            else:
                missing.append(f"/{key} needs {name}")
            if name in UNDECLARED:
                pending.append(_provide_library(tree, UNDECLARED[name], key, dynamic) or "")
    return missing


def _provide(tree: Tree, path: str) -> bool:
    """True when the path exists in the guest, if need be after copying it there."""
    if tree.find(path):
        return True
    if not os.path.isfile(path):
        return False
    tree.add_file(path, os.path.realpath(path), 0o755)
    return True


def _provide_library(tree: Tree, name: str, key: str, dynamic: Dynamic) -> str | None:
    if "/" in name:
        return name if _provide(tree, name) else None
    origin = "/" + posixpath.dirname(key)
    own = [d.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for d in dynamic.search if d]
    standard = LIBRARY_DIRECTORIES.get(dynamic.abi, ())
    for directory in (*own, *standard):
        if tree.find(posixpath.join(directory, name)):
            return posixpath.join(directory, name)
    # A program may be meant to find a library of its own through LD_LIBRARY_PATH.
    for path, node in tree.nodes.items():
        if posixpath.basename(path) == name and node.is_file and isinstance(node.source, str):
            candidate = read(node.source)
            if candidate and candidate.abi == dynamic.abi:
                return path
    for directory in standard:
        if _provide(tree, posixpath.join(directory, name)):
            return posixpath.join(directory, name)
    return None
