# SPDX-License-Identifier: GPL-2.0-only
"""Files of Debian packages for the guest: each with everything it depends on, unpacked into the cache.

Maintainer scripts do not run, so alternatives, users and generated files of a package are missing.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from errors import Infrastructure

SYSROOT_MARKER = Path("/etc/translate-pid-sysroot")
# Nobody reads these in the guest, and its memory is small.
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "/"), ".cache")
    return Path(base) / "translate-pid"


def _environment() -> dict[str, str]:
    """apt as scripts/lib.sh set it up below the cache, so that nothing of the system is read or locked."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    if SYSROOT_MARKER.is_file():
        suite = SYSROOT_MARKER.read_text().split("-")[0].strip()
        environment["APT_CONFIG"] = str(cache() / "apt" / suite / "apt.conf")
    return environment


def _apt(arguments: Iterable[str], directory: Path | None = None) -> str:
    options = ["-qq", "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=root"]
    result = subprocess.run(
        ["apt-get", *options, *arguments],
        env=_environment(), cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise Infrastructure(
            f"apt cannot provide the packages for --with:\n{result.stderr.strip()}\n"
            "Check the names, and the network for a package that is used for the first time."
        )
    return result.stdout


def _closure(names: Iterable[str]) -> list[str]:
    """PACKAGE=VERSION of the packages and all they depend on, as for a system that has nothing yet."""
    with tempfile.NamedTemporaryFile(prefix="dpkg-status-") as nothing:
        simulation = _apt([
            "-o", f"Dir::State::status={nothing.name}", "--simulate", "--no-install-recommends", "install", *names,
        ])  # fmt: skip
    # Inst libc6 (2.41-12 Debian:13/stable [amd64])
    lines = [line.split() for line in simulation.splitlines() if line.startswith("Inst ")]
    return sorted(f"{words[1]}={words[2].lstrip('(')}" for words in lines)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_stale_partials(parent: Path) -> None:
    """A partial whose maker lives is locked by it, as in scripts/lib.sh."""
    for partial in parent.glob("*.partial.*"):
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(partial)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)


def _unpack(archive: Path, root: Path) -> None:
    excludes = [f"--exclude=./{path}/*" for path in LEFT_OUT]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as reader:
        unpacked = subprocess.run(
            ["tar", "-x", "-C", root, "--no-same-owner", "--delay-directory-restore", *excludes],
            stdin=reader.stdout, check=False,
        )  # fmt: skip
    if reader.returncode or unpacked.returncode:
        raise Infrastructure(f"{archive.name} cannot be unpacked; see above, and check the free space of {cache()}.")


def _fill(partial: Path, closure: Sequence[str]) -> None:
    print(f"qemu/vm: fetching {len(closure)} packages for the guest ...", file=sys.stderr)
    archives = partial / "archives"
    archives.mkdir()
    _apt(["download", *closure], archives)
    root = partial / "root"
    root.mkdir()
    # As on a Debian system; packages count on it.
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for archive in sorted(archives.iterdir()):
        _unpack(archive, root)
    shutil.rmtree(archives)
    configuration = root / "etc" / "ld.so.conf"
    if not configuration.exists():
        configuration.parent.mkdir(exist_ok=True)
        configuration.write_text("include /etc/ld.so.conf.d/*.conf\n", encoding="ascii")
    if subprocess.run(["ldconfig", "-X", "-r", root], check=False).returncode:
        raise Infrastructure(f"ldconfig cannot index the libraries in {root}; see above.")


def provide(names: Iterable[str]) -> Path:
    """The directory with the files of the named packages and of all they depend on."""
    closure = _closure(names)
    key = hashlib.sha256("\n".join(closure).encode()).hexdigest()[:16]
    target = cache() / "package" / key
    if target.is_dir():
        return target
    with _locked(cache() / "lock" / "package"):
        if target.is_dir():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_partials(target.parent)
        partial = Path(tempfile.mkdtemp(prefix=f"{key}.partial.", dir=target.parent))
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _fill(partial, closure)
            (partial / "root").rename(target)
        finally:
            os.close(descriptor)
            shutil.rmtree(partial, ignore_errors=True)
    return target


if __name__ == "__main__":
    # For suites that build with a package's files, without the machine.
    try:
        print(provide(sys.argv[1:]))
    except Infrastructure as error:
        sys.exit(f"qemu/packages.py: {error}")
