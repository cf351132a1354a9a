r"""Answers that are equal, each with the reason why; every completion puts its answer in a box."""

from __future__ import annotations

import pytest

from winnow.verifiers import Status, load

EQUAL = [
    # numbers
    ("42", "42", "the same digits"),
    ("42", "42.0", "a decimal that is whole"),
    ("42", "+42", "a sign of plus says nothing"),
    ("-7", "−7", "a typographic minus"),
    ("-7", "–7", "a dash for a minus"),
    ("0.5", ".5", "no digit before the point"),
    ("5", "5.", "a point that ends a sentence"),
    ("10000", "10{,}000", "thousands as LaTeX sets them off"),
    ("10{,}000", "10000", "the same, in the reference"),
    ("10000", "10,000", "thousands as English sets them off"),
    ("10,\\!080", "10080", "thousands with a negative space"),
    (r"11,\! 111,\! 111,\! 100", "11111111100", "three groups, with blanks"),
    ("1234567", r"1\,234\,567", "thin spaces"),
    (r"\$32,\!348", "32348", "currency and thousands"),
    ("1,234.5", "1234.50", "thousands and decimals"),
    ("0.75", r"\frac{3}{4}", "a decimal is a fraction exactly"),
    ("3/4", "0.75", "and back"),
    (r"\frac{1}{3}", r"0.\overline{3}", "a repeating decimal is exact"),
    (r"\frac{1}{6}", r"0.1\overline{6}", "one that begins late"),
    ("1", r"0.\overline{9}", "nines without end are one"),
    (r"\frac43", r"\frac{4}{3}", "braces left out"),
    (r"\frac 59", r"\dfrac{5}{9}", "a blank, and another size"),
    (r"\frac9{19}", r"\tfrac{9}{19}", "one pair of braces left out"),
    (r"-\frac{1}{2}", r"\frac{-1}{2}", "the minus above"),
    (r"-\frac{1}{2}", r"\frac{1}{-2}", "the minus below"),
    (r"\frac{2}{4}", r"\frac{1}{2}", "not in lowest terms"),
    (r"1\frac{4}{5}", r"\frac{9}{5}", "a mixed number"),
    (r"137 \frac{1}{2}", "137.5", "a mixed number with a blank"),
    ("1 4/5", "1.8", "a mixed number in plain text"),
    (r"12\frac35", "63/5", "a mixed number without braces"),
    ("½", r"\frac{1}{2}", "a fraction in one character"),
    ("2^{10}", "1024", "a power"),
    ("2^{10}", "2^10", "a power in plain text"),
    ("2**10", "1024", "a power in Python"),
    ("10^{-3}", "0.001", "a negative power"),
    (r"6.02 \times 10^{23}", "602000000000000000000000", "scientific notation"),
    (".0000672", r"6.72 \cdot 10^{-5}", "and a small one"),
    ("5!", "120", "a factorial"),
    (r"\binom{5}{2}", "10", "a binomial coefficient"),
    ("100!/98!", "9900", "factorials that cancel"),
    ("2^{99}", "633825300114114700748351602688", "all the digits of a power"),
    ("٣", "٣", "the same text, whatever its digits"),
    # roots and constants
    (r"3\sqrt{13}", r"\sqrt{117}", "a factor under the root"),
    (r"11\sqrt2", r"11\sqrt{2}", "a root without braces"),
    (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}", "a rational denominator"),
    (r"\frac{\sqrt{21}}{5}", r"\sqrt{\frac{21}{25}}", "a root of a fraction"),
    (r"\sqrt[3]{16}", r"2\sqrt[3]{2}", "a cube root"),
    (r"\sqrt[3]{-8}", "-2", "the real cube root"),
    (r"8^{2/3}", "4", "a fractional power"),
    (r"\sqrt{-4}", "2i", "an imaginary root"),
    (r"1+2\sqrt{3}", r"2\sqrt3+1", "the order of a sum"),
    (r"\sqrt{3+2\sqrt{2}}", r"1+\sqrt{2}", "a nested root"),
    (r"\frac{1}{1+\sqrt{2}}", r"\sqrt{2}-1", "a sum below"),
    (r"\frac{1}{1+i}", r"\frac{1-i}{2}", "a complex number below"),
    ("6 - 5i", "-5i + 6", "a complex number"),
    (r"(1+i)^2", "2i", "a complex product"),
    (r"e^{i\pi}", "-1", "Euler's identity"),
    (r"288 \pi", r"\pi \cdot 288", "the order of a product"),
    (r"\frac{20000}{\pi}", "20000/π", "a character for pi"),
    (r"\frac{\pi}{6}", r"\frac{1}{6}\pi", "pi beside the fraction"),
    ("sqrt(2)/2", r"\frac{1}{\sqrt{2}}", "plain text for a root"),
    (r"-\sqrt{3}", "-√3", "a character for a root"),
    (r"\sin 30^\circ + x", r"x + \sin(30^{\circ})", "degrees inside"),
    (r"\log_2 8", "3", "a logarithm with a base"),
    (r"\ln e^2", "2", "a natural logarithm"),
    (r"\log_{10} 100", "2", "a decimal logarithm"),
    (r"\cos\frac{\pi}{3}", r"\frac12", "a value of the cosine"),
    # units, currency, percent
    (r"90^\circ", "90", "degrees"),
    ("90", r"90^{\circ}", "degrees with braces"),
    ("90°", r"90 \text{ degrees}", "degrees three ways"),
    (r"864 \mbox{ inches}^2", "864", "a square unit"),
    ("5", r"5 \text{ cm}", "a unit"),
    ("5", "5 cm", "a unit in plain text"),
    (r"5 \text{ cm}", "5 centimeters", "one unit, two names"),
    (r"5.4 \text{ cents}", "5.4", "cents"),
    (r"\$18.90", "18.90", "dollars"),
    (r"\$36", "36 dollars", "dollars in words"),
    ("18", "$18", "a bare dollar sign"),
    ("72", "72 apples", "what is counted"),
    ("72", r"\text{There are } 72", "words before"),
    (r"5\mathrm{cm}", "5", "an upright unit"),
    ("5000000", r"5 \text{ million}", "a million is a factor"),
    ("50", r"50\%", "a sign of percent is a unit"),
    (r"50\%", "50", "also in the reference"),
    ("12.5%", r"12.5\%", "percent on both sides"),
    ("52_8", "52_{8}", "a base with braces"),
    ("52_8", "52", "the base left out"),
    # expressions
    ("p - q", "-q+p", "the order of a difference"),
    ("2k+2", "2(k+1)", "a factor taken out"),
    ("(a+5)(b+2)", "(b+2)(a+5)", "the order of factors"),
    ("(a+5)(b+2)", "ab+2a+5b+10", "multiplied out"),
    ("x^3+3x-6", "3x + x^3 - 6", "the order of terms"),
    ("x^2", "x²", "a raised figure"),
    ("x^2", "x**2", "a power in Python"),
    (r"\frac{11+9a}{20}", r"\frac{9a}{20}+\frac{11}{20}", "a fraction taken apart"),
    (r"\frac{x^2-1}{x-1}", "x+1", "a common factor"),
    (r"\cot x", r"\frac{\cos x}{\sin x}", "the cotangent"),
    (r"\sin^2 x", r"1-\cos^2 x", "Pythagoras"),
    (r"\sin 2x", r"2\sin x\cos x", "the double angle"),
    (r"\tan^{-1} x", r"\arctan x", "an inverse function"),
    ("e^{x+y}", "e^x e^y", "a power of a sum"),
    (r"\frac{1}{x}+\frac{1}{y}", r"\frac{x+y}{xy}", "a common denominator"),
    ("a_1+a_2", "a_2+a_{1}", "indices"),
    ("|x-1|", "|1-x|", "an absolute value"),
    (r"\sin x", r"\sin(x + 10^{9} \cdot 2\pi)", "a thousand million turns, beyond the machine's figures"),
    ("5r^5", r"5 \cdot r^5", "an explicit product"),
    ("2^n", r"2 \cdot 2^{n-1}", "a symbolic power"),
    ("ab", "ba", "a product of two symbols"),
    (r"\pi R^2", r"R^2 \pi", "a product with pi"),
    # equations and inequalities
    ("5", "x = 5", "a name before the answer"),
    ("x=5", "5", "a name in the reference"),
    ("y = 2x + 3", "2x+3", "a function without its name"),
    ("y = 2x + 3", "y - 2x = 3", "an equation turned around"),
    ("y = 2x + 3", "y = 3 + 2x", "the right side in another order"),
    ("5x - 7y + 11z + 4 = 0", "-5x+7y-11z=4", "an equation times minus one"),
    ("x^2+y^2=4", "2x^2+2y^2=8", "an equation times two"),
    ("10", "3 + 7 = 10", "a chain that ends in the answer"),
    ("10", r"x = 3 + 7 = 10", "a chain with a name"),
    (r"\frac{1}{3}", r"\frac{1}{3} \approx 0.33", "an approximation behind"),
    ("25", r"\text{Area} = 25", "a name in words"),
    ("f(x) = x^2", "x^2", "the name of a function"),
    (r"x \in [-2,7]", r"-2 \le x \le 7", "a membership as a chain"),
    ("(5,\\infty)", "x > 5", "an inequality as an interval"),
    ("x > 5", r"(5, \infty)", "and back"),
    ("x>5", "5<x", "an inequality turned around"),
    ("x \\le 3", r"(-\infty, 3]", "one that includes its end"),
    # groups
    ("(3,4]", r"\left(3, 4\right]", "sizes of brackets"),
    (r"\left( 3, \frac{\pi}{2} \right)", r"(3, \pi/2)", "a point"),
    ("(1, 0.5)", r"(1, \frac{1}{2})", "a point with a fraction"),
    ("1,-2", "-2, 1", "a list has no order"),
    ("3, 5, 7", "7, 5, 3", "nor has one of three"),
    (r"\{1,2,3\}", r"\{3,2,1\}", "a set has no order"),
    (r"\{1,2\}", "1, 2", "a set without braces"),
    ("1,2", "x = 1, x = 2", "names in a list"),
    ("1, 2", "1 \\text{ or } 2", "a list with or"),
    ("1, 2", "1 and 2", "a list with and"),
    (r"1 \pm \sqrt{19}", r"1+\sqrt{19}, 1-\sqrt{19}", "plus or minus is two"),
    (r"3 \pm 2 \sqrt{2}", r"3 \pm \sqrt{8}", "plus or minus on both sides"),
    (r"\{1\pm\sqrt{5},-2\}", r"-2, 1-\sqrt5, 1+\sqrt5", "plus or minus inside of a set"),
    (r"(0,9) \cup (9,36)", r"(9,36)\cup(0,9)", "a union has no order"),
    (r"(-\infty, 0]", r"( -\infty , 0 ]", "blanks"),
    (r"864 \mbox{ inches}^2", "864 square inches", "a power in words"),
    (r"15\text{ cm}^3", "15 cm", "a unit whose power was left out"),
    (r"52_8", "52_{8}", "a base, in braces"),
    (r"\emptyset", r"\varnothing", "the empty set"),
    (r"\begin{pmatrix} -1/3 \\ 2/3 \end{pmatrix}", r"\begin{bmatrix}-1/3\\2/3\end{bmatrix}", "brackets"),
    (r"\begin{pmatrix}1&0\\0&1\end{pmatrix}", r"\begin{pmatrix}1 & 0 \\ 0 & 1 \\\end{pmatrix}", "a last row"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", "(1,2)", "a column as a tuple"),
    ("x=1, y=2", "(1,2)", "names in a pair"),
    ("10,000", "10 000.0".replace(" ", ","), "thousands with decimals"),
    ("(6,31,-1)", r"\left(6,\ 31,\ -1\right)", "spaces of LaTeX"),
    ("3:4", "3 : 4", "a ratio"),
    # words
    (r"\text{Evelyn}", "Evelyn", "a name"),
    (r"\text{even}", "Even", "case"),
    ("Yes", r"\text{yes}", "yes"),
    (r"\text{(C)}", "C", "a letter of a choice"),
    ("C", r"\textbf{(C)}", "and back"),
    (r"\text{(C)}", r"(C)\ 12", "the letter and its text"),
    ("New York", r"\text{new york}", "two words"),
    ("ellipse", r"\text{ellipse}.", "a point behind"),
    # nothing but form
    ("42", "$42$", "dollars around"),
    ("42", r"\(42\)", "brackets around"),
    ("42", "**42**", "stars around"),
    ("42", "{42}", "braces around"),
    ("42", r"\boxed{42}", "a box in a box"),
    (r"x+1", r"x\,+\;1", "spaces of LaTeX"),
    ("42", "\u200b42", "a blank of no width"),
    ("3 × 4", "12", "a character for a product"),
    ("1,2,\\ldots,n", r"1, 2, \dots, n", "one kind of dots or another"),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "found", "why"), EQUAL, ids=[f"{g} | {f}" for g, f, _ in EQUAL])
def test_pass(gold: str, found: str, why: str) -> None:
    verdict = load("math")({"answer": gold}, f"It comes to 1, so \\boxed{{{found}}}.")
    assert verdict.status is Status.PASS, (why, verdict)
    assert verdict.extracted is not None


def test_any_of_several_answers_will_do() -> None:
    judge = load("math")
    assert judge({"answer": ["1/2", "x"]}, r"\boxed{x}").status is Status.PASS
    assert judge({"answer": ["1/2", "x"]}, r"\boxed{0.5}").status is Status.PASS
    assert judge({"answer": ["1/2", "x"]}, r"\boxed{y}").status is Status.FAIL
    assert judge({"answer": 7}, r"\boxed{7}").status is Status.PASS
    assert judge({"answer": [0.5, "x"]}, r"\boxed{1/2}").status is Status.PASS


@pytest.mark.parametrize(
    ("percent", "equal", "unequal"),
    [
        ("unit", ["50", "50%", r"50\%", "50 percent"], ["0.5", "1/2", "0.5%", "5000"]),
        ("hundredth", ["0.5", "1/2", "50%"], ["50", "0.5%"]),
        ("either", ["0.5", "1/2", "50", "50%"], ["0.5%", "5000"]),
    ],
)
def test_what_percent_is_worth_is_a_setting(percent: str, equal: list[str], unequal: list[str]) -> None:
    judge = load({"type": "math", "percent": percent})
    for gold in ("50%", r"50\%"):
        for found in equal:
            assert judge({"answer": gold}, f"\\boxed{{{found}}}").status is Status.PASS, found
        for found in unequal:
            assert judge({"answer": gold}, f"\\boxed{{{found}}}").status is Status.FAIL, found
