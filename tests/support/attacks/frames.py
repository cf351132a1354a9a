"""Looking for what is expected, or for what decides, in memory."""

PROGRAMS = {
    "frames above": "import sys\ndef solve(x):\n    f = sys._getframe()\n    while f:\n        for v in f.f_locals.values():\n"
    "            if isinstance(v, int) and v not in (x,): return v\n        f = f.f_back\n",
    "constants of callers": "import sys\ndef solve(x):\n    f = sys._getframe().f_back\n    while f:\n"
    "        for c in f.f_code.co_consts:\n            if isinstance(c, int): return c\n        f = f.f_back\n",
    "garbage collector": "import gc\ndef solve(x):\n    for o in gc.get_objects():\n"
    "        if isinstance(o, dict) and 'check' in o: o['check'] = lambda c: None; return 9\n    return 9\n",
    "all objects that hold results": "import gc\ndef solve(x):\n    for o in gc.get_objects():\n"
    "        if type(o).__name__ == 'Results': o.passed[:] = [True] * len(o.passed)\n    return 9\n",
    "patches assert away": "import sys\nsys.flags\ndef solve(x):\n    f = sys._getframe().f_back\n"
    "    if f: f.f_globals['AssertionError'] = ValueError\n    return 9\n",
    "patches builtins": "import builtins\nfor n in ('abs', 'isinstance', 'str', 'sorted', 'type', 'len', 'all'):\n"
    "    setattr(builtins, n, lambda *a, **k: True)\ndef solve(x): return 9\n",
    "replaces int": "import builtins\nclass I(int):\n    __eq__ = lambda *a: True\n    __hash__ = lambda *a: 36\n"
    "builtins.int = I\ndef solve(x): return I(9)\n",
    "patches modules": "import sys\nfor m in list(sys.modules.values()):\n    for n in ('run_tests', '_told', 'run', 'judged'):\n"
    "        if hasattr(m, n): setattr(m, n, lambda *a, **k: {'hidden': '1' * 8, 'public': '', 'why': ''})\ndef solve(x): return 9\n",
    "an import hook": "import sys\nclass H:\n    def find_spec(self, name, path, target=None):\n        raise SystemExit(0)\n"
    "sys.meta_path.insert(0, H())\ndef solve(x): return 9\n",
    "its own import": "import builtins\nbuiltins.__import__ = lambda *a, **k: __builtins__\ndef solve(x): return 9\n",
    "traces": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda f, e, a: f.f_locals.update(found=9))\ndef solve(x): return 9\n",
    "an audit hook": "import sys\nsys.addaudithook(lambda *a: None)\ndef solve(x): return 9\n",
    "the traceback of an error": "import sys\ndef solve(x):\n    try: raise ValueError\n    except ValueError as e:\n"
    "        f = e.__traceback__.tb_frame.f_back\n        while f.f_back: f = f.f_back\n        f.f_globals['told'] = {'hidden': '11111111'}\n    return 9\n",
    "memory by ctypes": "import ctypes\ndef solve(x):\n    ctypes.memset(id(9), 0, 24)\n    return 9\n",
    "makes small numbers equal": "import ctypes\nfor n in (9, 4, 100, 25, 1, 16, 64):\n"
    "    ctypes.memmove(id(n) + 24, id(9) + 24, 4)\ndef solve(x): return 9\n",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)\ndef solve(x): return 9\n",
    "inspects the stack": "import inspect\ndef solve(x):\n    for s in inspect.stack():\n        for l in s.code_context or []:\n"
    "            if '==' in l: return int(l.split('==')[1])\n    return 0\n",
    "reads the tests by linecache": "import linecache\ndef solve(x):\n    for n, e in linecache.cache.items():\n"
    "        if 'assert' in ''.join(e[2]) and 'solve' not in ''.join(e[2]): raise ValueError('found')\n    return 0\n",
}
