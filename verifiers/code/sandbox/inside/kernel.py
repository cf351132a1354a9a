"""System calls that Python has no name for, and a fork into fresh namespaces.

The C library is called with the interpreter's lock held: a `clone` that lets go of it would leave a child
that waits for a thread it has not got.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal

MACHINE = platform.machine()
NUMBERS = {
    "x86_64": {"clone": 56, "seccomp": 317},
    "aarch64": {"clone": 220, "seccomp": 277},
}.get(MACHINE, {})
"""System call numbers; empty on a machine that we do not know."""

NEW_MOUNTS, NEW_HOSTNAME, NEW_IPC = 0x20000, 0x4000000, 0x8000000
NEW_USER, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
NAMESPACES = NEW_MOUNTS | NEW_HOSTNAME | NEW_IPC | NEW_USER | NEW_PIDS | NEW_NETWORK
"""Flags of clone(2): all that a candidate has of its own."""
FOR_TESTS = NEW_MOUNTS | NEW_USER | NEW_PIDS
"""What a judge has of its own: its forkserver has a network of nothing already, and to make one anew for
every check takes longer than all the rest."""

READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 4096, 16384, 1 << 18
"""Flags of mount(2)."""

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG = 4, 38, 1
_DETACH = 2
_CAPABILITY_VERSION = 0x20080522
_HEADER = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()

libc = ctypes.PyDLL(None, use_errno=True)


class KernelError(OSError):
    """A system call failed; the message says which."""


def fork_into(namespaces: int) -> int:
    """fork(2) whose child begins in fresh namespaces (flags of clone(2)); 0 in the child.

    With `NEW_PIDS` the child is process 1 of its own: when it ends, the kernel kills all that it started.

    Raises:
        KernelError: the kernel refuses, or the machine is one that we do not know.
    """
    if not namespaces:
        return os.fork()
    if "clone" not in NUMBERS:
        raise KernelError(f"no namespaces on {MACHINE}")
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(libc.syscall(NUMBERS["clone"], ctypes.c_long(namespaces | signal.SIGCHLD), 0, 0, 0, 0))
    failed = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise KernelError(failed, f"clone: {os.strerror(failed)}")
    return pid


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2). Raises KernelError."""
    arguments = [os.fsencode(one) or None for one in (source, target, kind, options)]
    _checked(
        "mount", libc.mount(*arguments[:3], ctypes.c_ulong(flags), arguments[3]), f"{kind or 'bind'} {target}"
    )


def unmount(target: str) -> None:
    """umount2(2), at once for those who look for it now. Raises KernelError."""
    _checked("umount", libc.umount2(os.fsencode(target), _DETACH), target)


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2). Raises KernelError."""
    number = {"x86_64": 155, "aarch64": 41}[MACHINE]
    _checked("pivot_root", libc.syscall(number, os.fsencode(new), os.fsencode(old)), new)


def map_user(outside: int, group: int) -> None:
    """Keep the user and the group that this process has, in the user namespace that it was born into."""
    for name, told in (
        ("setgroups", "deny"),
        ("uid_map", f"{outside} {outside} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        os.write(descriptor, told.encode())
        os.close(descriptor)


def die_with_parent() -> None:
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def set_dumpable(dumpable: bool) -> None:
    """Whether this process may open what it has in /proc, and others of its user look into it (prctl(2))."""
    libc.prctl(_PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def no_new_privileges() -> None:
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every capability, for good where there are no new privileges. Raises KernelError."""
    _checked("capset", libc.capset(_HEADER, _NO_CAPABILITIES), "drop")


def _checked(name: str, result: int, what: str) -> None:
    if result != 0:
        failed = ctypes.get_errno()
        raise KernelError(failed, f"{name} {what}: {os.strerror(failed)}")
