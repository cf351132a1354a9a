"""Using more than there is."""

PROGRAMS = {
    "memory": "def solve(x):\n    a = []\n    while 1: a.append(bytearray(1 << 20))\n",
    "memory at once": "def solve(x): return len(bytearray(1 << 40))\n",
    "memory in children": "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        a = bytearray(200 << 20)\n        a[::4096] = b'x' * len(a[::4096])\n        import time; time.sleep(600)\n"
    "def solve(x): return 9\n",
    "shared memory": "import mmap\na = [mmap.mmap(-1, 1 << 28) for _ in range(64)]\nfor m in a: m[::4096] = b'x' * len(m[::4096])\ndef solve(x): return 9\n",
    "files": "def solve(x):\n    with open('/tmp/x', 'wb') as f:\n        while 1: f.write(bytes(1 << 20))\n",
    "many files": "def solve(x):\n    n = 0\n    while 1:\n        open(f'/tmp/{n}', 'w').close(); n += 1\n",
    "open files": "def solve(x):\n    a = []\n    while 1: a.append(open('/dev/null'))\n",
    "files in memory": "import os\ndef solve(x):\n    f = os.memfd_create('x')\n    while 1: os.write(f, bytes(1 << 20))\n",
    "sockets full of data": "import socket\ndef solve(x):\n    a = []\n    while 1:\n        p = socket.socketpair(); p[0].setblocking(False)\n        a.append(p)\n        try: p[0].send(bytes(1 << 20))\n        except OSError: pass\n",
    "recursion": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef solve(x): return solve(x)\n",
    "a deep object": "def solve(x):\n    a = []\n    for _ in range(10 ** 6): a = [a]\n    return a\n",
    "a power": "def solve(x): return 9 ** 9 ** 9\n",
    "a regular expression": "import re\ndef solve(x): return re.match('(a+)+$', 'a' * 64 + 'b')\n",
    "a text of digits": "import sys\nsys.set_int_max_str_digits(0)\ndef solve(x): return len(str(10 ** 10 ** 8))\n",
    "a program of brackets": "def solve(x): return " + "(" * 5000 + "9" + ")" * 5000 + "\n",
    "a program of a sum": "def solve(x): return " + "1+" * 100_000 + "1\n",
    "prints": "def solve(x):\n    while 1: print('x' * 65536)\n",
    "writes errors": "import sys\ndef solve(x):\n    while 1: sys.stderr.write('x' * 65536)\n",
    "a null byte": "x = 1\0\n",
    "core dumps": "import ctypes\ndef solve(x): ctypes.string_at(0)\n",
}
