r"""One notation for the many that an answer may be written in: `$\dfrac{1}{2}$.` is `\frac{1}{2}`.

Nothing is evaluated here, and every pattern is linear in the text.
"""

from __future__ import annotations

import re

_SIGNS = {
    "\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-", "\u2010": "-", "\u2011": "-",
    "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ", "÷": "/", "⁄": "/", "∕": "/",
    "π": r"\pi ", "√": r"\sqrt ",
    "∞": r"\infty ", "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
    "°": r"^\circ ", "º": r"^\circ ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "±": r"\pm ", "∓": r"\mp ",
    "∅": r"\emptyset ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "λ": r"\lambda ",
    "φ": r"\phi ", "ω": r"\omega ", "μ": r"\mu ", "σ": r"\sigma ", "∗": "*", "…": r"\ldots ", "⋯": r"\ldots ",
    "％": "%", "，": ",", "（": "(", "）": ")", "’": "'", "′": "'", "“": '"', "”": '"', "⟨": "(", "⟩": ")",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2003": " ", "\u200b": "", "\u200c": "", "\u200d": "",
    "\u2060": "", "\ufeff": "", "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}",
    "⅔": r"\frac{2}{3}",
    "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}", "⅕": r"\frac{1}{5}", "⅖": r"\frac{2}{5}", "⅗": r"\frac{3}{5}",
    "⅘": r"\frac{4}{5}", "⅙": r"\frac{1}{6}", "⅚": r"\frac{5}{6}", "⅛": r"\frac{1}{8}", "⅜": r"\frac{3}{8}",
    "⅝": r"\frac{5}{8}", "⅞": r"\frac{7}{8}", "€": r"\text{euros}", "£": r"\text{pounds}",
    "¢": r"\text{cents}",
}  # fmt: skip
_TABLE = str.maketrans(_SIGNS)
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_RAISED_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_WIDE = str.maketrans({chr(0xFF10 + digit): str(digit) for digit in range(10)})

_SPACE = re.compile(r"(?:\\(?:[,;:! ]|quad\b|qquad\b|thinspace\b|hspace\{[^{}]{0,20}\}|\n)|(?<!\\)~|\s)+")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:(?:\{,\}|,?\\[!,]\s?|\\,\s?|\{,\}\\!)\d{3})+(?!\d)")
_NOT_DIGIT = re.compile(r"[^\d]")
_GONE = re.compile(
    r"\\(?:left|right|bigg?[lrm]?|Bigg?[lrm]?|displaystyle|textstyle|limits|nonumber|rm|bf|it)(?![A-Za-z])\.?"
    r"|\\[()\[\]]|(?<!\\)\$|\*\*(?=\s*$)|^\s*\*\*"
)
_RENAMED = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "leq": "le", "geq": "ge", "leqslant": "le",
    "geqslant": "ge", "neq": "ne", "lt": "<", "gt": ">", "mbox": "text", "textrm": "text", "textbf": "text",
    "textit": "text", "textnormal": "text", "texttt": "text", "textsf": "text", "dbinom": "binom",
    "tbinom": "binom", "lbrace": r"\{", "rbrace": r"\}", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "lbrack": "[", "rbrack": "]", "langle": "(", "rangle": ")", "degree": r"^\circ", "varnothing": "emptyset",
    "cdots": "ldots", "dots": "ldots", "dotsc": "ldots", "dotsb": "ldots", "ast": "*", "div": "/",
    "colon": ":", "infin": "infty", "lor": r"\text{ or }", "land": r"\text{ and }", "arcsec": "arcsec",
    "varphi": "phi", "varepsilon": "epsilon", "unicode": "", "to": "rightarrow", "percent": r"\%",
    "smallmatrix": "pmatrix", "simeq": "approx", "ne": "ne", "not=": "ne", "mathbf": "mathrm",
    "bm": "mathrm", "boldsymbol": "mathrm", "vec": "mathrm", "mathbb": "mathrm", "mathit": "mathrm",
    "mathsf": "mathrm", "mathnormal": "mathrm", "boldmath": "", "operatorname*": "operatorname",
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_UPRIGHT = re.compile(r"\\mathrm\s?(?:\{\s?([A-Za-z])\s?\}|([A-Za-z])(?![A-Za-z]))")
_WORDS = re.compile(r"\\(?:mathrm|operatorname)\s?\{")
_FUNCTION = re.compile(
    r"\\(?:operatorname|mathrm|text)\s?\{\s?"
    r"(sin|cos|tan|cot|sec|csc|ln|log|exp|arcsin|arccos|arctan|sinh|cosh|tanh|lcm|gcd|max|min)\s?\}"
)
_BOX = re.compile(r"^\\[bf]?(?:boxed|box)\s?\{(.*)\}$", re.DOTALL)
_STOPS = " .,;:"
_QUOTES = "\"'`"


def normalise(text: str) -> str:
    r"""`text` without what does not change its meaning: delimiters, spacing, sizes, variants of one sign.

    >>> normalise(r"$\left(\dfrac{1}{2},\, 10{,}000\right)$.")
    '(\\frac{1}{2}, 10000 )'
    >>> normalise("x² ≥ −3")
    'x^{2} \\ge -3'
    """
    if not text.isascii():
        text = _RAISED.sub(lambda found: f"^{{{found[0].translate(_RAISED_PLAIN)}}}", text)
        text = text.translate(_TABLE).translate(_WIDE)
    if "\\\\" in text:
        text = text.replace("\\\\", r"\cr " if r"\begin" in text else " ")
    text = text.strip()
    while (inner := _BOX.match(text)) and _balanced(inner[1]):
        text = inner[1].strip()
    text = _GROUPED.sub(lambda found: _NOT_DIGIT.sub("", found[0]), text)
    if "\\" in text or "$" in text or "*" in text:
        text = _GONE.sub(" ", text)
        text = _FUNCTION.sub(r"\\\1 ", text)
        text = _COMMAND.sub(_renamed, text)
        text = _UPRIGHT.sub(lambda found: found[1] or found[2], text)
        text = _WORDS.sub(r"\\text{", text)
    text = _SPACE.sub(" ", text)
    if not text.endswith("..."):
        text = text.rstrip(_STOPS)
    if text[:1] in _QUOTES and text[:1] == text[-1:] and len(text) > 1:
        text = text[1:-1]
    return text.replace("**", "^").strip()


def _renamed(found: re.Match[str]) -> str:
    new = _RENAMED.get(found[1])
    if new is None:
        return found[0]
    return f"\\{new}" if new.isalpha() else f"{new} "


def _balanced(text: str) -> bool:
    """Whether the braces of `text` close in order, so that what stood around it was one pair."""
    depth = 0
    for found in re.finditer(r"\\.|[{}]", text):
        depth += (found[0] == "{") - (found[0] == "}")
        if depth < 0:
            return False
    return depth == 0


def compact(text: str) -> str:
    """`text` with no white space but between two letters or two digits: `{1, 2}` is `{1,2}`.

    >>> compact("x + 1 , 2 3")
    'x+1,2 3'
    """
    return _NEEDLESS.sub("", text)


_NEEDLESS = re.compile(r"(?<![A-Za-z0-9]) +| +(?![A-Za-z0-9])")
