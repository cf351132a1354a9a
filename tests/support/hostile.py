"""Texts that would do harm on a page that took them for anything but text."""

from __future__ import annotations

HOSTILE = (
    "<script>window.pwned = 1; alert(1)</script>",
    "</script><script>window.pwned = 2</script>",
    "<!--<script>window.pwned = 3</script>-->",
    '<img src="https://example.invalid/x.png" onerror="window.pwned = 4">',
    '"><svg onload="window.pwned = 5">',
    "<iframe src=javascript:parent.pwned=6></iframe>",
    "javascript:window.pwned=7",
    "<a href='javascript:window.pwned=8' autofocus onfocus=window.pwned=8>press</a>",
    "{{constructor.constructor('window.pwned = 9')()}} ${window.pwned = 9} <%= 9 %>",
    "</style><style>@import url(https://example.invalid/x.css);</style>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid/'><base href=//example.invalid>",
    "</title></textarea></template></noscript><link rel=stylesheet href=//example.invalid/y.css>",
    "\\u003cscript\\u003ewindow.pwned=10\\u003c/script\\u003e &lt;script&gt; &#60;script&#62;",
    "'; window.pwned = 11; //",
    '");window.pwned=12;winnow.take("0/index","',
    "`${window.pwned = 13}`",
    "line\u2028separator\u2029paragraph\r\nand\rreturn",
    "nul \x00 bell \x07 escape \x1b[31m delete \x7f",
    "turned \u202egnp.exe\u202c and \u2066isolated\u2069, zero\u200bwidth, \ufeffmark",
    "__proto__",
    "constructor",
    "x" * 5_000,
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{COMBINING ACUTE ACCENT}" * 50,
)
