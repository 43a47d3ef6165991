"""Disks in memory, which can be filled; only root can mount one."""

import contextlib
import os
import pathlib
import subprocess
import time


def mount(folder: pathlib.Path, megabytes: int) -> None:
    """Mounts a disk on a folder."""
    subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', f'size={megabytes}m', 'tmpfs', str(folder)], check=True
    )


def unmount(folder: pathlib.Path) -> None:
    """Unmounts a disk, when it is there."""
    for _ in range(50):  # A process that is about to end may still stand in it.
        if subprocess.run(['umount', str(folder)], stderr=subprocess.DEVNULL).returncode == 0:
            return
        if not folder.is_mount():
            return
        time.sleep(0.5)


def fill(folder: pathlib.Path, spare: int = 0) -> pathlib.Path:
    """Fills the disk of a folder but for some bytes; returns the file that does it."""
    path = folder / '.filler'
    with open(path, 'wb', buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    os.truncate(path, path.stat().st_size - spare)
    return path
