"""Writing to the wire by hand."""

_ALL = """
import os, json
GOOD = {"hidden": "11111111", "public": "", "why": "", "own_word": False, "broken": ""}
def frame(content): return len(content).to_bytes(4, "little") + content
def shout(*contents):
    for fd in range(3, 64):
        for one in contents:
            try: os.write(fd, one)
            except OSError: pass
"""
PROGRAMS = {
    "a verdict on every descriptor": _ALL
    + "shout(frame(json.dumps(GOOD).encode()))\ndef solve(x): return 0\n",
    "a verdict when it is called": _ALL
    + "def solve(x):\n    shout(frame(json.dumps(GOOD).encode()))\n    return 0\n",
    "a verdict, and gone": _ALL + "shout(frame(json.dumps(GOOD).encode()))\nos._exit(0)\n",
    "ready twice": _ALL + "shout(frame(b'[\"ready\", null]') * 20)\ndef solve(x): return 0\n",
    "replies before questions": _ALL
    + "shout(*[frame(json.dumps(['0' * 16, 'ok', [], n]).encode()) for n in (9, 4, 100, 25)])\ndef solve(x): return 0\n",
    "replays a reply": "import socket, os\nlast = []\nsend = socket.socket.sendall\n"
    "def again(self, content, *a):\n    last.append(content)\n    return send(self, last[0], *a)\n"
    "try: socket.socket.sendall = again\nexcept TypeError: pass\ndef solve(x): return 9\n",
    "half a frame": _ALL + "def solve(x):\n    shout((1000).to_bytes(4, 'little') + b'[')\n    os._exit(0)\n",
    "a frame of four gigabytes": _ALL
    + "def solve(x):\n    shout(b'\\xff\\xff\\xff\\xff' + b'[' * 100)\n    return 9\n",
    "an endless frame": _ALL + "def solve(x):\n    while 1: shout(b'\\xff\\xff\\xff\\x7f' + b' ' * 65536)\n",
    "deep json": _ALL + "def solve(x):\n    shout(frame(b'[' * 900000))\n    return 9\n",
    "a number of a million digits": "def solve(x): return 10 ** 1000000\n",
    "text that is none": "def solve(x): return '\\ud800\\x00\\x1b[2J' * 100\n",
    "an exception of null bytes": "def solve(x): raise ValueError('\\x00\\x1b]0;x\\x07' * 50)\n",
    "descriptors closed": "import os\nos.closerange(0, 100)\ndef solve(x): return 9\n",
    "descriptors exchanged": "import os\nfor fd in range(3, 10):\n    try: os.dup2(fd, 3 + (fd - 2) % 7)\n    except OSError: pass\ndef solve(x): return 9\n",
    "pickles": "class P:\n    def __reduce__(self): return (eval, ('9',))\ndef solve(x): return P()\n",
    "marshals": "import marshal\ndef solve(x): return marshal.dumps(x * x)\n",
    "endless replies": "def solve(x):\n    def g():\n        while 1: yield 9\n    return g()\n",
    "ten million items": "def solve(x): return list(range(10_000_000))\n",
    "a list in itself": "def solve(x):\n    a = []\n    a.append(a)\n    return a\n",
    "shouts while it computes": "import threading, os\ndef shout():\n    while 1:\n        try: os.write(3, b'\\x02\\0\\0\\0[]')\n        except OSError: return\n"
    "threading.Thread(target=shout, daemon=True).start()\ndef solve(x): return 0\n",
}
