r"""An expression as a tree: a small parser for LaTeX and for plain text.

It reads what has one reading only. What it does not know, or could be read in two ways (`1/2x`,
`2\frac{3}{2}`), it refuses, and another judge decides. A node is a tuple whose first item names it:

    ("num", Fraction)  ("const", "pi" | "e" | "i")  ("sym", name)  ("inf",)
    ("add", node, ...)  ("mul", node, ...)  ("div", a, b)  ("neg", a)  ("pow", a, b)
    ("root", degree, a)  ("fact", a)  ("binom", a, b)  ("fn", name, node, ...)
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from winnow.verifiers.golden.math.tokens import FUNCTIONS, GREEK, Unreadable, tokens_of

Node = tuple[Any, ...]

DEEPEST = 40
LONGEST = 2_000
_LONGEST_NUMBER = 1_000

_STARTS = frozenset("({[|")
_INVERSE = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
_CALLED = frozenset("fghFG")


def parse(text: str, sign: int = 1) -> Node:
    r"""The tree of a normalised expression; `sign` is what `\pm` stands for, and `\mp` for the opposite.

    >>> parse("2x + 1")
    ('add', ('mul', ('num', Fraction(2, 1)), ('sym', 'x')), ('num', Fraction(1, 1)))
    >>> parse(r"1\frac{4}{5}")
    ('num', Fraction(9, 5))

    Raises:
        Unreadable: it is none, or is too long or nested too deep.
    """
    if len(text) > LONGEST:
        raise Unreadable("too long")
    return _Parser(text, sign).whole()


class _Parser:
    def __init__(self, text: str, sign: int) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.sign = sign
        self.depth = 0
        self.bars = 0
        self.functions = 0  # those whose argument is being read

    def whole(self) -> Node:
        node = self.sum()
        if self.peek():
            raise Unreadable(f"unexpected {self.peek()!r}")
        return node

    def peek(self) -> str:
        """The next token, blanks left out; empty at the end."""
        at = self.at
        while at < len(self.tokens) and self.tokens[at] == " ":
            at += 1
        return self.tokens[at] if at < len(self.tokens) else ""

    def blank(self) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == " "

    def take(self) -> str:
        while self.blank():
            self.at += 1
        if self.at >= len(self.tokens):
            raise Unreadable("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise Unreadable(f"no {token!r} where one is needed")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("nested too deep")

    def sum(self) -> Node:
        terms = [self.product()]
        while self.peek() in ("+", "-", r"\pm", r"\mp"):
            terms.append(self._signed(self.take(), self.product()))
        return terms[0] if len(terms) == 1 else ("add", *terms)

    def _signed(self, sign: str, node: Node) -> Node:
        minus = sign == "-" or (sign == r"\pm" and self.sign < 0) or (sign == r"\mp" and self.sign > 0)
        return ("neg", node) if minus else node

    def product(self) -> Node:
        factors = [self.unary()]
        divided, slashes = False, 0
        while token := self.peek():
            if token in ("*", r"\times", r"\cdot"):
                self.take()
                factors.append(self.unary())
                divided = False
            elif token == "/":
                self.take()
                above = factors[0] if len(factors) == 1 else ("mul", *factors)
                factors = [("div", above, self.unary())]
                divided, slashes = True, slashes + 1
                if slashes > DEEPEST:
                    raise Unreadable("too many slashes")
            elif self._begins(token):
                if divided and not self.blank():
                    raise Unreadable("a slash before a product")
                self._juxtapose(factors)
            else:
                break
        return factors[0] if len(factors) == 1 else ("mul", *factors)

    def _juxtapose(self, factors: list[Node]) -> None:
        """One factor behind another: a product, unless they are a mixed number."""
        last = factors[-1]
        whole = last[0] == "num" and last[1].denominator == 1 and self.tokens[self.at - 1].isdigit()
        fraction = self.peek() == r"\frac"
        if self.peek()[0] in "0123456789.":
            if not whole:
                raise Unreadable("a number behind a factor")
            part = self.power()
            if self.peek() != "/" or part[0] != "num":
                raise Unreadable("two numbers in a row")
            self.take()
            part = ("div", part, self.power())
        else:
            part = self.power()
            if not (whole and fraction):
                factors.append(part)
                return
        if part[0] != "div" or part[1][0] != "num" or part[2][0] != "num":
            factors.append(part)
            return
        above, below = part[1][1], part[2][1]
        if len(factors) > 1 or not 0 < above < below:
            raise Unreadable("a fraction behind a number")
        factors[-1] = ("num", last[1] + above / below)

    def _begins(self, token: str) -> bool:
        if token[0].isalnum() or token[0] == ".":
            return True
        if token == "|":
            return self.bars == 0
        return token in _STARTS or (len(token) > 2 and token not in _NO_START)

    def unary(self) -> Node:
        if self.peek() in ("+", "-", r"\pm", r"\mp"):
            self.deeper()
            node = self._signed(self.take(), self.unary())
            self.depth -= 1
            return node
        return self.power()

    def power(self) -> Node:
        node = self.atom()
        while (token := self.peek()) in ("!", "^", "'"):
            if token == "^" and self.functions and (angle := self._degrees(node)):
                node = angle
                continue
            self.take()
            if token == "'":
                raise Unreadable("a prime")
            node = ("fact", node) if token == "!" else ("pow", node, self.exponent())
            if token == "!" and self.peek() == "!":
                raise Unreadable("a double factorial")
            if token == "^" and self.peek() == "^":
                raise Unreadable("a power of a power")
        return node

    def _degrees(self, node: Node) -> Node | None:
        r"""`node` in degrees, where `^\circ` follows."""
        ahead = [token for token in self.tokens[self.at : self.at + 8] if token != " "]
        length = 2 if ahead[1:2] == [r"\circ"] else 4 if ahead[1:4] == ["{", r"\circ", "}"] else 0
        for _ in range(length):
            self.take()
        return ("mul", node, ("const", "pi"), ("num", Fraction(1, 180))) if length else None

    def exponent(self) -> Node:
        self.deeper()
        signed = self.peek() in ("-", "+")
        node = self._signed(self.take(), self.atom()) if signed else self.atom()
        if self.peek() == "^":  # 2^3^4 is 2^(3^4)
            self.take()
            node = ("pow", node, self.exponent())
        self.depth -= 1
        return node

    def atom(self) -> Node:
        self.deeper()
        node = self._atom(self.take())
        self.depth -= 1
        return node

    def _atom(self, token: str) -> Node:
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return self._number(token)
        if token in ("(", "[", "{"):
            node = self.sum()
            self.expect({"(": ")", "[": "]", "{": "}"}[token])
            return node
        if token == "|":
            self.bars += 1
            node = self.sum()
            self.bars -= 1
            self.expect("|")
            return ("fn", "abs", node)
        if token.isalpha():
            return self._letter(token)
        return self._command(token)

    def _number(self, token: str) -> Node:
        if len(token) > _LONGEST_NUMBER:
            raise Unreadable("a number of too many digits")
        if self.peek() == r"\overline" and "." in token:
            self.take()
            self.expect("{")
            digits = self.take()
            self.expect("}")
            if not digits.isdigit() or len(digits) > 50:
                raise Unreadable("no digits that repeat")
            places = len(token) - token.index(".") - 1
            return ("num", _decimal(token) + Fraction(int(digits), 10**places * (10 ** len(digits) - 1)))
        return ("num", _decimal(token))

    def _letter(self, token: str) -> Node:
        if self.peek() == "_" and not self.blank():
            self.take()
            return ("sym", f"{token}_{self._index()}")
        if token in _CALLED and self.peek() == "(":
            self.take()
            node = self.sum()
            self.expect(")")
            return ("fn", f"call {token}", node)
        return ("const", token) if token in ("e", "i") else ("sym", token)

    def _index(self) -> str:
        token = self.take()
        if token != "{":
            return token
        index = ""
        while (token := self.take()) != "}":
            if token == "{" or len(index) > 20:
                raise Unreadable("a strange index")
            index += token
        return index

    def _command(self, token: str) -> Node:
        name = token[1:]
        if token == r"\frac":
            above = self._argument()
            return ("div", above, self._argument())
        if token == r"\sqrt":
            return self._root()
        if token == r"\pi":
            return ("const", "pi")
        if token == r"\infty":
            return ("inf",)
        if token == r"\binom":
            above = self._argument()
            return ("binom", above, self._argument())
        if name in FUNCTIONS:
            return self._function(name)
        if name in GREEK and token[0] == "\\":
            return self._letter_command(name)
        raise Unreadable(f"unknown {token[:20]!r}")

    def _letter_command(self, name: str) -> Node:
        if self.peek() == "_":
            self.take()
            return ("sym", f"{name}_{self._index()}")
        return ("sym", name)

    def _argument(self) -> Node:
        """What a command takes without braces: one digit, one letter, or another command."""
        token = self.peek()
        if not token[:1].isdigit():
            return self.atom()
        self.take()
        if len(token) > 1:
            self.tokens[self.at - 1 : self.at] = [token[0], token[1:]]
        return ("num", Fraction(int(token[0])))

    def _root(self) -> Node:
        degree: Node = ("num", Fraction(2))
        if self.peek() == "[":
            self.take()
            degree = self.sum()
            self.expect("]")
        token = self.peek()
        if token[:1].isdigit() and len(token) > 1:
            raise Unreadable("a root of digits without braces")
        return ("root", degree, self.atom())

    def _function(self, name: str) -> Node:
        base: Node | None = None
        raised: Node | None = None
        while self.peek() in ("_", "^"):
            if self.take() == "_":
                base = self._argument()
            else:
                raised = self.exponent()
        if raised == ("neg", ("num", Fraction(1))) and name in _INVERSE:
            name, raised = _INVERSE[name], None
        self.functions += 1
        inside = self._operands() if self.peek() == "(" else (self._loose(),)
        self.functions -= 1
        if name == "exp" and base is None:
            node: Node = ("pow", ("const", "e"), *inside)
        elif name == "log" and base is not None:
            node = ("fn", "logb", base, *inside)
        elif base is not None:
            raise Unreadable("an index at a function")
        else:
            node = ("fn", name, *inside)
        return ("pow", node, raised) if raised is not None else node

    def _operands(self) -> tuple[Node, ...]:
        self.expect("(")
        inside = [self.sum()]
        while self.peek() == ",":
            self.take()
            inside.append(self.sum())
        self.expect(")")
        return tuple(inside)

    def _loose(self) -> Node:
        r"""The argument of a function that has no brackets: `2x` in `\sin 2x`."""
        if self.peek() == "-":
            self.take()
            node: Node = ("neg", self.power())
        else:
            factors = [self.power()]
            while (token := self.peek()) and self._begins(token) and token[1:] not in FUNCTIONS:
                if token == "(":
                    raise Unreadable("brackets behind the argument of a function")
                factors.append(self.power())
            node = factors[0] if len(factors) == 1 else ("mul", *factors)
        if self.peek() == "/":
            raise Unreadable("a slash behind the argument of a function")
        return node


_NO_START = frozenset(
    (r"\pm", r"\mp", r"\times", r"\cdot", r"\le", r"\ge", r"\ne", r"\cup", r"\cap", r"\in", r"\approx")
)


def _decimal(token: str) -> Fraction:
    return Fraction(token)
