"""Objects that lie about themselves."""

_ALWAYS = """
class L(BASE):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __gt__(self, other): return True
    def __le__(self, other): return True
    def __ge__(self, other): return True
    def __hash__(self): return 36
    def __bool__(self): return True
    def __sub__(self, other): return 0
    def __rsub__(self, other): return 0
    def __abs__(self): return 0
    def __str__(self): return "64"
    __repr__ = __str__
    def __int__(self): return 9
    __index__ = __int__
    def __float__(self): return 0.0
    def __len__(self): return 2
    def __contains__(self, other): return True
    def __iter__(self): return iter([1, 16])
    def __format__(self, how): return "64"
    def __round__(self, digits=0): return 9
"""
PROGRAMS = {
    "equal to all": _ALWAYS.replace("BASE", "object") + "def solve(x): return L()\n",
    "an int equal to all": _ALWAYS.replace("BASE", "int") + "def solve(x): return L(1)\n",
    "a float equal to all": _ALWAYS.replace("BASE", "float") + "def solve(x): return L(1)\n",
    "a str equal to all": _ALWAYS.replace("BASE", "str") + "def solve(x): return L('1')\n",
    "a list equal to all": _ALWAYS.replace("BASE", "list") + "def solve(x): return L([1])\n",
    "a tuple equal to all": _ALWAYS.replace("BASE", "tuple") + "def solve(x): return L((1,))\n",
    "a dict equal to all": _ALWAYS.replace("BASE", "dict") + "def solve(x): return L(a=1)\n",
    "a bytes equal to all": _ALWAYS.replace("BASE", "bytes") + "def solve(x): return L(b'1')\n",
    "a complex equal to all": _ALWAYS.replace("BASE", "complex") + "def solve(x): return L(1)\n",
    "a fraction equal to all": "from fractions import Fraction\n"
    + _ALWAYS.replace("BASE", "Fraction")
    + "def solve(x): return L(1)\n",
    "claims to be an int": _ALWAYS.replace("BASE", "object")
    + "    __class__ = property(lambda self: int)\ndef solve(x): return L()\n",
    "a class equal to all": "class M(type):\n    __eq__ = lambda *a: True\n    __hash__ = lambda *a: 36\n"
    "    __instancecheck__ = lambda *a: True\nclass L(metaclass=M): pass\ndef solve(x): return L\n",
    "one int for all": "class I(int):\n    n = 0\n    def __new__(c, *a):\n        c.n += 1\n"
    "        return int.__new__(c, [9, 4, 100, 25][c.n % 4])\ndef solve(x): return I()\n",
    "raises to stop comparing": "class L:\n    def __eq__(self, o): raise StopIteration\ndef solve(x): return L()\n",
    "exits when compared": "import sys\nclass L:\n    def __eq__(self, o): sys.exit(0)\ndef solve(x): return L()\n",
    "not a number": "def solve(x): return float('nan')\n",
    "answers by a descriptor": "class D:\n    def __get__(self, *a): return lambda o: True\n"
    "class L:\n    __eq__ = D()\n    __ne__ = D()\ndef solve(x): return L()\n",
    "answers by getattr": "class L:\n    def __getattr__(self, name): return lambda *a: True\ndef solve(x): return L()\n",
    "a generator that looks right": "def solve(x):\n    yield x * x\n",
    "a callable for a number": "def solve(x):\n    return lambda *a: x * x\n",
    "a module for a number": "import math\ndef solve(x): return math\n",
    "not implemented": "def solve(x): return NotImplemented\n",
    "an exception for a number": "class E(Exception):\n    __eq__ = lambda *a: True\n    __hash__ = lambda *a: 36\n"
    "def solve(x): return E(x)\n",
    "raises the lie": "class E(BaseException):\n    __eq__ = lambda *a: True\ndef solve(x): raise E\n",
    "the assertion's own error": "def solve(x): raise AssertionError('passed')\n",
    "an exit as an exception": "def solve(x): raise SystemExit(0)\n",
    "a keyboard interrupt": "def solve(x): raise KeyboardInterrupt\n",
    "an exception that cannot be shown": "class E(Exception):\n    def __str__(self):\n        while 1: pass\n"
    "def solve(x): raise E\n",
    "a property of the module": "import sys, types\nclass M(types.ModuleType):\n    solve = property(lambda s: lambda x: True)\n"
    "sys.modules[__name__].__class__ = M\n",
    "partly right": "def solve(x): return {3: 9, -2: 4, 10: 100}.get(x, 0)\n",
}
