"""What stays Markdown of a model's text, what is only shown, and that a long one costs little.

Whether Argilla's own page takes it so is tests/heavy/test_review_browser.py's matter.
"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winnow.steps.review.safe import safe_markdown


@pytest.mark.parametrize(
    "text",
    [
        "A **bold** _word_, ~~gone~~",
        "# Head\n\n- one\n- two\n\n1. three",
        "> said",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "```python\nif a < b and c & d:\n    x[0] = '$'\n```",
        "so $a^2 + b^2$ is",
        "$$\n\\int_0^1 x\n$$",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>x</script>", "&lt;script>x&lt;/script>"),
        ("![a](http://b/c)", "!&#91;a](http&#58;//b/c)"),
        ("[a](javascript:b)", "&#91;a](javascript:b)"),
        (r"\[a](javascript:b)", "&#91;a](javascript:b)"),  # our own escape must not undo another's
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("https://a www.b c@d.ee", "https&#58;//a www&#46;b c&#64;d.ee"),
        ("| `a|<img>` |", "| <code>a&#124;&lt;img&#62;</code> |"),  # a bar would end the cell within the code
        ("costs $5 or $6", "costs &#36;5 or &#36;6"),
        (r"\(x<y\)", r"$x\lt y$"),
        ("\\[\nx\n\\]", "$$\nx\n$$"),
        ("($x$)", "( $x$ )"),  # marked's rule for a formula wants space or a stop around it
        (
            r"$\href{javascript:a}{b}$",
            "<code>&#36;&#92;href&#123;javascript&#58;a&#125;&#123;b&#125;&#36;</code>",
        ),
        ("$![a](http://b)$", "$![a] (http: //b)$"),
        ("$$\n$$\n<a href=x>", None),
        ("```\ncut < off", "```\ncut < off\n```"),
        ("- a\n  ```py\n  x\n  ```", "- a\n\n```py\nx\n```"),
        ("~~~\n```\n<b>\n~~~", "````\n```\n<b>\n````"),
        ("as in\n\n    if a < b:", "as in\n\n```\nif a < b:\n```"),
        ("a\u202eb\x1b[0m", "a\ufffdb\ufffd&#91;0m"),
        ("> " * 1000 + "x", None),
        ("$" + "{" * 200 + "}" * 200 + "$", None),
    ],
)
def test_what_could_do_something_is_shown_as_it_was_written(text: str, shown: str | None) -> None:
    out = safe_markdown(text)
    if shown is not None:
        assert out == shown
    assert_inert(out)


SOUP = [
    "<img src=x>",
    "![a](http://b)",
    "[a]: http://b",
    "`",
    "``",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "    ",
    "- ",
]
SOUP += [
    "> ",
    "| ",
    "$",
    "$$",
    "$$\n",
    "\\[",
    "\\]",
    "\\(",
    "\\)",
    "\\",
    "&lt;",
    "www.a.b",
    "x",
    " ",
    "](",
    "{",
    "}",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SOUP), max_size=30).map("".join))
@example(r"\[\$\](")
@example(r"\[3 \times \$5\] and $\$2$")
def test_no_mixture_breaks_out(text: str) -> None:
    assert_inert(safe_markdown(text))


def assert_inert(shown: str) -> None:
    """Outside of our own blocks and formulas there is no tag but `<code>`, no bracket and no address."""
    blocks = r"(?ms)^(?P<fence>`{3,})[A-Za-z0-9_+#.-]*\n.*?^(?P=fence)$"
    prose = re.sub(r"</?code>", "", re.sub(blocks, "", shown))
    formulas = r"\$\$\n[^\n]+\n\$\$|\$\$[^$\n]+\$\$|\$(?:\\.|[^$\n])+\$"
    for formula in re.findall(formulas, prose):
        assert not re.search(r"<|`|\]\(|\]\[|\]:|://|www\.|~~~", formula), formula
    rest = re.sub(formulas, "", prose)
    assert not re.search(r"<|`|\[|\$|\\|://|www\.|~~~", rest), rest
    assert not re.search(r"&(?!(?:lt|amp|#\d+);)", rest), rest


def test_a_long_text_is_cut_to_what_argilla_takes_and_says_so() -> None:
    text = "<b>" * 20_000
    shown = safe_markdown(text)
    assert len(shown) <= 20_000
    left = int(shown.rpartition("(")[2].split()[0].replace(",", ""))
    assert shown.count("&lt;b>") * 3 + left == pytest.approx(60_000, abs=3)
    assert safe_markdown("x" * 20_000) == "x" * 20_000


@pytest.mark.parametrize(
    "part", ["`", "``a`", "$a ", "\\[", "\\(a", "$$a", "~~~\n", "\n\n    a", "`a``b", "> "]
)
def test_no_text_takes_long(part: str) -> None:
    began = time.process_time()
    safe_markdown(part * (20_000 // len(part)))
    assert time.process_time() - began < 3
