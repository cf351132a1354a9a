r"""One spelling for every answer, so that completions which agree can be counted without a reference."""

from __future__ import annotations

from winnow.verifiers.golden.math.exact import TooLarge, exact, rational, text_of
from winnow.verifiers.golden.math.expression import LONGEST
from winnow.verifiers.golden.math.normalisation import compact, normalise
from winnow.verifiers.golden.math.plain import plain_number
from winnow.verifiers.golden.math.structure import Answer, Equation, Group, Value, Words, read
from winnow.verifiers.golden.math.tokens import Unreadable
from winnow.verifiers.golden.math.wording import key_of


def canonical_answer(text: str) -> str:
    r"""`text` as an answer, so written that answers which are plainly equal are the same text.

    Numbers are fractions; a name before them (`x = 5`), a unit and a sign of percent say nothing; lists and
    sets are sorted; words have no case. What is equal only by proof may stay different. Linear in the text,
    beyond the arithmetic of an expression of limited length.

    >>> [canonical_answer(one) for one in ("0.5", "1/2", r"$\dfrac{1}{2}$.", "x = 0.50")]
    ['1/2', '1/2', '1/2', '1/2']
    >>> canonical_answer("1,234 dollars"), canonical_answer("2 and 1"), canonical_answer("(B)")
    ('1234', '{1, 2}', 'b')
    >>> canonical_answer(r"\sqrt{8}") == canonical_answer(r"2\sqrt{2}")
    True
    """
    if (number := plain_number(text)) is not None and "." not in number:
        return number
    plain = normalise(text)
    if len(plain) <= LONGEST:
        try:
            return _spelled(read(plain))
        except (Unreadable, TooLarge, ZeroDivisionError):
            pass
    return compact(plain)


def _spelled(answer: Answer) -> str:
    """An answer in the one spelling.

    Raises:
        Unreadable, TooLarge, ZeroDivisionError: it has none.
    """
    if isinstance(answer, Words):
        return answer.key
    if isinstance(answer, Equation) and answer.name:
        return _spelled(answer.right)
    if isinstance(answer, Group):
        items = [_spelled(item) for item in answer.items]
        return _grouped(answer.kind, items)
    if not isinstance(answer, Value):
        raise Unreadable("an answer that has more spellings than one")
    if answer.tree[0] == "sym" and len(answer.tree[1]) == 1:
        return key_of(str(answer.tree[1]))
    value = exact(answer.tree)
    number = rational(value)
    return text_of(value) if number is None else str(number)


def _grouped(kind: str, items: list[str]) -> str:
    if kind == "ratio":
        return ":".join(items)
    if kind == "tuple":
        return f"({', '.join(items)})"
    items = sorted(set(items) if kind == "set" else items)
    return items[0] if len(items) == 1 else f"{{{', '.join(items)}}}"
