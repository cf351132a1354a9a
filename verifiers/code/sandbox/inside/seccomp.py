"""The system calls that a candidate has no use for are refused (seccomp(2), a filter in classic BPF).

Namespaces already take away what these calls reach; the filter takes away the kernel code behind them.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from .kernel import MACHINE, NAMESPACES, libc

_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_ABOVE, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000
_NEW_CGROUP = 0x2000000
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: others know no network namespace, or nobody needs them

# name: x86_64, aarch64 (asm/unistd.h)
_REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "personality": (135, 92),
    "vhangup": (153, 58),
    # Whoever stands in line for a processor does not sleep (see `watch`): nobody goes to its end by himself.
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
}
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(MACHINE)
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}.get(MACHINE, 0)
_CLONE, _CLONE3, _SOCKET, _SOCKETPAIR = {"x86_64": (56, 435, 41, 53), "aarch64": (220, 435, 198, 199)}.get(
    MACHINE, (0, 0, 0, 0)
)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(error: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | error)


def _filter() -> bytes:
    if _COLUMN is None:
        return b""
    lines = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, _AUDIT, 1),
        _refuse(errno.EPERM),
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_ABOVE, _X32, 0, 1),
        _refuse(errno.ENOSYS),
        # clone3 hides its flags behind a pointer: without it the C library falls back to clone.
        _instruction(_JUMP_EQUAL, _CLONE3, 0, 1),
        _refuse(errno.ENOSYS),
    ]
    for numbers in _REFUSED.values():
        lines += [_instruction(_JUMP_EQUAL, numbers[_COLUMN], 0, 1), _refuse(errno.EPERM)]
    lines += [
        _instruction(_JUMP_EQUAL, _CLONE, 0, 4),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        _instruction(_JUMP_SET, NAMESPACES | _NEW_CGROUP, 0, 1),
        _refuse(errno.EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    count = len(_FAMILIES)
    for call in (_SOCKET, _SOCKETPAIR):
        lines.append(_instruction(_JUMP_EQUAL, call, 0, count + 3))
        lines.append(_instruction(_LOAD, _FIRST_ARGUMENT))
        lines += [_instruction(_JUMP_EQUAL, one, count - place) for place, one in enumerate(_FAMILIES)]
        lines += [_refuse(errno.EAFNOSUPPORT), _instruction(_RETURN, _ALLOW)]
    lines.append(_instruction(_RETURN, _ALLOW))
    return b"".join(lines)


_FILTER = ctypes.create_string_buffer(_filter())
_PROGRAM = _Program((len(_FILTER) - 1) // 8, ctypes.addressof(_FILTER))


def install() -> bool:
    """Put this process and all that it starts under the filter, for good; False where there is no seccomp.

    The caller has given up new privileges (prctl PR_SET_NO_NEW_PRIVS).
    """
    set_seccomp, with_filter = 22, 2
    if not _PROGRAM.length:
        return False
    return bool(libc.prctl(set_seccomp, with_filter, ctypes.byref(_PROGRAM), 0, 0) == 0)
