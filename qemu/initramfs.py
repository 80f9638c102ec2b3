# SPDX-License-Identifier: GPL-2.0-only
"""The guest's file system: a tree of nodes in memory, written as an uncompressed newc cpio archive.

Everything belongs to root in the guest, whoever built the archive. Hard links become separate files.
"""

import os
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from errors import Infrastructure

LARGEST_FILE = 0xFFFFFFFF


@dataclass
class Node:
    """One path. `source` is a host path or bytes for a file, the target for a symbolic link."""

    mode: int
    source: str | bytes = b""
    device: tuple[int, int] = (0, 0)
    mtime: int = 0

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)


class Tree:
    """Later additions replace earlier ones, except that directories are united."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def resolve(self, path: str, follow_last: bool = True) -> str:
        """The path with the tree's own symbolic links followed, relative to the root."""
        pending = [part for part in path.split("/") if part not in ("", ".")]
        done: list[str] = []
        for _ in range(1000):
            if not pending:
                return "/".join(done)
            part = pending.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            node = self.nodes.get("/".join([*done, part]))
            if node and node.is_link and (pending or follow_last):
                target = os.fsdecode(node.source)
                if target.startswith("/"):
                    done = []
                pending = [p for p in target.split("/") if p not in ("", ".")] + pending
                continue
            done.append(part)
        raise Infrastructure(f"{path} leads through a loop of symbolic links in the guest; copy less.")

    def find(self, path: str) -> Node | None:
        """The node behind a path, links followed, or None."""
        return self.nodes.get(self.resolve(path))

    def _place(self, path: str) -> str:
        """The key for a new node; missing parents are made."""
        key = self.resolve(path, follow_last=False)
        parent = posixpath.dirname(key)
        while parent and parent not in self.nodes:
            self.nodes[parent] = Node(stat.S_IFDIR | 0o755)
            parent = posixpath.dirname(parent)
        if parent and not self.nodes[parent].is_directory:
            raise Infrastructure(f"/{key} cannot be put into the guest: /{parent} is a file there.")
        return key

    def add_directory(self, path: str, mode: int = 0o755) -> None:
        key = self._place(path)
        if not key:
            return
        existing = self.find(key)
        if existing and existing.is_directory:
            existing.mode = stat.S_IFDIR | mode
        else:
            self.nodes[key] = Node(stat.S_IFDIR | mode)

    def _add(self, path: str, node: Node) -> None:
        key = self._place(path)
        existing = self.nodes.get(key)
        if not key or (existing and existing.is_directory):
            raise Infrastructure(f"{path} cannot be put into the guest: a directory has that name there.")
        self.nodes[key] = node

    def add_file(self, path: str, source: str | bytes, mode: int = 0o644, mtime: int = 0) -> None:
        """`source` is bytes, or the path of a host file that stays until the archive is written."""
        self._add(path, Node(stat.S_IFREG | mode, source, mtime=mtime))

    def add_link(self, path: str, target: str) -> None:
        key = self.resolve(path, follow_last=False)
        existing = self.nodes.get(key)
        if existing and existing.is_directory:
            # A merged directory (/lib and /usr/lib) may come in both shapes; the same place is no conflict.
            destination = target if target.startswith("/") else posixpath.join(posixpath.dirname(key), target)
            if self.resolve(destination) == key:
                return
        self._add(path, Node(stat.S_IFLNK | 0o777, target))

    def add_character_device(self, path: str, mode: int, major: int, minor: int) -> None:
        self._add(path, Node(stat.S_IFCHR | mode, device=(major, minor)))

    def copy(self, source: str, path: str) -> Iterator[str]:
        """A host file or directory with all below it; links below it stay links. Yields the files' guest paths."""
        try:
            yield from self._copy(source, path, os.stat(source))
        except OSError as error:
            raise Infrastructure(f"{error.filename} cannot be copied into the guest: {error.strerror}.") from error

    def _copy(self, source: str, path: str, status: os.stat_result) -> Iterator[str]:
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISDIR(status.st_mode):
            self.add_directory(path, mode)
            with os.scandir(source) as children:
                for child in sorted(children, key=lambda c: c.name):
                    yield from self._copy(
                        child.path, posixpath.join(path, child.name), child.stat(follow_symlinks=False)
                    )
        elif stat.S_ISLNK(status.st_mode):
            self.add_link(path, os.readlink(source))
        elif stat.S_ISREG(status.st_mode):
            self.add_file(path, os.path.abspath(source), mode, int(status.st_mtime))
            yield path
        # Sockets, pipes and devices of a build tree mean nothing in the guest.

    def write(self, archive: BinaryIO) -> None:
        """Writes the archive to a binary file object, parents before children."""
        number = 0
        for number, key in enumerate(sorted(self.nodes), 1):
            self._write_node(archive, number, key, self.nodes[key])
        _write_record(archive, number + 1, "TRAILER!!!", Node(0), 0)

    @staticmethod
    def _write_node(archive: BinaryIO, number: int, key: str, node: Node) -> None:
        if node.is_file and isinstance(node.source, str):
            with open(node.source, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size > LARGEST_FILE:
                    raise Infrastructure(f"{node.source} is too large for the guest: a file must be below 4 GiB.")
                _write_record(archive, number, key, node, size)
                remaining = size
                while remaining:
                    chunk = file.read(min(remaining, 1 << 20))
                    if not chunk:
                        raise Infrastructure(f"{node.source} shrank while it was read; run again when it is whole.")
                    archive.write(chunk)
                    remaining -= len(chunk)
        else:
            data = os.fsencode(node.source)
            size = len(data)
            _write_record(archive, number, key, node, size)
            archive.write(data)
        archive.write(bytes(-size % 4))


def _write_record(archive: BinaryIO, number: int, key: str, node: Node, size: int) -> None:
    name = os.fsencode(key) + b"\0"
    links = 2 if node.is_directory else 1
    fields = (
        number, node.mode, 0, 0, links, node.mtime & 0xFFFFFFFF, size,
        0, 0, *node.device, len(name), 0,
    )  # fmt: skip
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    archive.write(header + name + bytes(-(len(header) + len(name)) % 4))
