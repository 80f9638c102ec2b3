# SPDX-License-Identifier: GPL-2.0-only
"""A kernel to boot: its image, its release, its stock modules and what they depend on."""

import gzip
import lzma
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from errors import Infrastructure

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "kernel"
SUFFIXES: dict[str, Callable[[bytes], bytes]] = {
    ".ko": lambda data: data,
    ".ko.xz": lzma.decompress,
    ".ko.gz": gzip.decompress,
}


class Kernel:
    def __init__(self, directory: str) -> None:
        self.directory = Path(directory)
        for name in ("vmlinuz", "bzImage", "arch/x86/boot/bzImage"):
            self.image = self.directory / name
            if self.image.is_file():
                break
        else:
            raise Infrastructure(f"{directory} holds no vmlinuz or bzImage; name a kernel of `qemu/vm --list`.")
        self.release = self._read_release()
        self._modules: dict[str, Path] | None = None

    def _read_release(self) -> str:
        # The boot protocol keeps the version string's offset, less 0x200, at 0x20e.
        with open(self.image, "rb") as image:
            header = image.read(0x10000)
        if header[0x202:0x206] != b"HdrS":
            raise Infrastructure(f"{self.image} is not an x86 kernel image; build `bzImage` or name another kernel.")
        start = int.from_bytes(header[0x20E:0x210], "little") + 0x200
        return header[start : header.index(b"\0", start)].split()[0].decode()

    def has(self, option: str) -> bool:
        """Whether the kernel's configuration, if it is known, sets an option to y."""
        config = self.directory / "config"
        return config.is_file() and f"\nCONFIG_{option}=y\n" in config.read_text()

    def _find_modules(self) -> dict[str, Path]:
        if self._modules is None:
            self._modules = {}
            root = self.directory / "lib" / "modules" / self.release
            for path in root.glob("kernel/**/*.ko*"):
                name = path.name.split(".ko")[0].replace("-", "_")
                self._modules[name] = path
        return self._modules

    def stock_modules(self, names: Iterable[str]) -> list[tuple[str, bytes]]:
        """(name, content) of the named modules and of all they depend on, in an order that loads."""
        order: dict[str, bytes] = {}
        for name in names:
            self._add_module(name, order)
        return list(order.items())

    def _add_module(self, name: str, order: dict[str, bytes]) -> None:
        name = name.replace("-", "_")
        if name in order:
            return
        path = self._find_modules().get(name)
        if path is None:
            builtin = self.directory / "lib" / "modules" / self.release / "modules.builtin"
            if builtin.is_file() and f"/{name}.ko" in builtin.read_text().replace("-", "_"):
                return
            raise Infrastructure(f"kernel {self.release} has no module {name}; see {self.directory}/lib/modules.")
        suffix = path.name[path.name.index(".ko") :]
        if suffix not in SUFFIXES:
            raise Infrastructure(f"{path} is compressed in a way that is not supported here ({suffix}).")
        content = SUFFIXES[suffix](path.read_bytes())
        for dependency in _dependencies(content):
            self._add_module(dependency, order)
        order[name] = content


def _dependencies(module: bytes) -> list[str]:
    """The `depends` record of the .modinfo section."""
    start = module.find(b"\0depends=")
    if start < 0:
        return []
    start += len(b"\0depends=")
    return [name for name in module[start : module.index(b"\0", start)].decode().split(",") if name]


def find(name: str | None) -> Kernel:
    """A directory with an image in it is taken as it is; scripts/kernel knows the other names."""
    if name and os.path.isdir(name):
        return Kernel(name)
    command = [str(SCRIPT), "path", *([name] if name else [])]
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    except OSError as error:
        raise Infrastructure(f"{SCRIPT} cannot be run: {error.strerror}; name a kernel directory instead.") from error
    except subprocess.CalledProcessError as error:
        raise Infrastructure(
            f"scripts/kernel cannot provide kernel {name or 'stock'}; `qemu/vm --list` shows the names."
        ) from error
    return Kernel(result.stdout.strip())


def show_list() -> int:
    return subprocess.run([str(SCRIPT), "list"], check=False).returncode
