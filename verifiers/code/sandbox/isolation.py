"""How a forkserver is shut in: by bubblewrap, by namespaces alone, or not at all where somebody says so."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Literal

from winnow.verifiers.code.sandbox.view import DEVICES, INSIDE, PACKAGES, View, interpreter

Isolation = Literal["bubblewrap", "namespaces", "none"]
NOBODY = 65534

_BOOT = "import sys; sys.path.insert(0, {root!r}); from inside.{module} import main; main(**{arguments!r})"


def command(isolation: Isolation, view: View, control: int, preload: list[str]) -> list[str]:
    """The command line of a forkserver that listens on the descriptor `control`.

    Raises:
        FileNotFoundError: there is no bubblewrap.
    """
    user = NOBODY if os.getuid() == 0 and (isolation != "none" or _is_open(view)) else 0
    arguments: dict[str, object] = {
        "control": control,
        "user": user,
        "isolated": isolation != "none",
        "packages": PACKAGES if PACKAGES in view.shown else None,
        "preload": preload,
    }
    if isolation == "bubblewrap":
        if shutil.which("bwrap") is None:
            raise FileNotFoundError(errno.ENOENT, "is not on the PATH", "bwrap")
        return [*_bubblewrap(view, root=os.getuid() == 0), *_python("zygote", "/winnow", arguments)]
    root = view.shown[INSIDE].removesuffix("/inside")
    if isolation == "namespaces":
        seen = {"shown": view.shown, "links": view.links, "parents": view.parents(), "devices": DEVICES}
        return _python("enter", root, {"view": seen, "inside": INSIDE, "zygote": arguments})
    arguments["packages"] = view.shown.get(PACKAGES)
    return _python("zygote", root, arguments)


def _is_open(view: View) -> bool:
    """Whether nobody can go to what a check needs; bubblewrap shows it at places of their own."""
    places = [Path(one) for one in (interpreter(), *view.shown.values())]
    return all(one.stat().st_mode & 0o1 for place in places for one in place.parents)


def _python(module: str, root: str, arguments: dict[str, object]) -> list[str]:
    # -P -s -S: nothing but the standard library is on the path; the environment is ours, and all but empty.
    boot = _BOOT.format(root=root, module=module, arguments=arguments)
    return [interpreter(), "-P", "-s", "-S", "-B", "-c", boot]


def _bubblewrap(view: View, *, root: bool) -> list[str]:
    # Root keeps its powers until everything is in place, and then becomes nobody: bound files may lie
    # where nobody but root can go.
    who = ["--cap-add", "ALL"] if root else ["--unshare-user"]
    unshare = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    made = [part for one in view.parents() for part in ("--perms", "0755", "--dir", one)]
    shown = [part for place, source in view.shown.items() for part in ("--ro-bind", source, place)]
    links = [part for place, target in view.links.items() for part in ("--symlink", target, place)]
    devices = [part for one in DEVICES for part in ("--dev-bind", f"/dev/{one}", f"/dev/{one}")]
    return [
        shutil.which("bwrap") or "bwrap",
        *(*unshare, *who, "--die-with-parent", "--new-session"),
        *(*made, *shown, *links, "--proc", "/proc", "--perms", "0755", "--dir", "/tmp"),
        *("--tmpfs", "/dev", *devices, "--symlink", "/tmp", "/dev/shm", "--remount-ro", "/dev"),
        *("--remount-ro", "/", "--chdir", "/"),
    ]
