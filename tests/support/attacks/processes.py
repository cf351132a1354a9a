"""Signals, processes and system calls."""

_CALL = "import ctypes\nc = ctypes.CDLL(None, use_errno=True).syscall\n"
PROGRAMS = {
    "leaves with success": "import os\nos._exit(0)\n",
    "leaves when called": "import os\ndef solve(x): os._exit(0)\n",
    "kills itself": "import os, signal\ndef solve(x): os.kill(os.getpid(), signal.SIGKILL)\n",
    "kills all": "import os, signal\nfor p in (-1, 0, 1, os.getppid()):\n    try: os.kill(p, signal.SIGKILL)\n    except OSError: pass\ndef solve(x): return 9\n",
    "kills its group": "import os, signal\nos.killpg(0, signal.SIGTERM)\ndef solve(x): return 9\n",
    "stops itself": "import os, signal\ndef solve(x): os.kill(os.getpid(), signal.SIGSTOP)\n",
    "ignores every signal": "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
    "def solve(x):\n    while 1: pass\n",
    "alarms": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: (_ for _ in ()).throw(SystemExit(0)))\nsignal.setitimer(0, .001, .001)\ndef solve(x): return 9\n",
    "a child that answers": "import os\nif os.fork():\n    os._exit(0)\ndef solve(x): return 9\n",
    "a daemon that holds the wire": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\ndef solve(x): os._exit(0)\n",
    "a daemon of a daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while 1: time.sleep(1)\n    os._exit(0)\ndef solve(x): return 0\n",
    "fork bomb": "import os\ndef solve(x):\n    while 1:\n        try: os.fork()\n        except OSError: pass\n",
    "thread bomb": "import threading, time\ndef solve(x):\n    while 1: threading.Thread(target=time.sleep, args=(600,)).start()\n",
    "sleeps": "import time\ndef solve(x): time.sleep(600)\n",
    "sleeps at the start": "import time\ntime.sleep(600)\ndef solve(x): return 9\n",
    "spins": "def solve(x):\n    while 1: pass\n",
    "spins in a child": "import os\nif os.fork() == 0:\n    while 1: pass\ndef solve(x):\n    while 1: pass\n",
    "raises its limits": "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (999, 999))\ndef solve(x): return 9\n",
    "traces its parent": _CALL
    + "import os\nc(101, 16, os.getppid(), 0, 0)\nc(101, 16, 1, 0, 0)\ndef solve(x): return 0\n",
    "reads memory of others": _CALL + "def solve(x): return c(310, 1, 0, 0, 0, 0, 0)\n",
    "new namespaces": _CALL + "c(272, 0x10000000 | 0x20000)\ndef solve(x): return c(165, 0, 0, 0, 0, 0)\n",
    "becomes root": "import os\ndef solve(x):\n    os.setuid(0)\n    return 9\n",
    "keyrings, bpf, io_uring": _CALL
    + "def solve(x): return max(c(n, 0, 0, 0, 0, 0) for n in (248, 250, 321, 323, 425, 298))\n",
    "executes a shell": "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo passed; exit 0'])\n",
    "starts programs": "import subprocess\ndef solve(x): return subprocess.run(['/bin/true']).returncode + 9\n",
    "is nicer than it may": "import os\nos.nice(-20)\ndef solve(x): return 9\n",
    "makes itself undumpable": _CALL + "c(157, 4, 0, 0, 0)\ndef solve(x): return 9\n",
}
