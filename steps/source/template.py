"""Prompt templates: `{field}` is replaced by the row's field, and nothing else means anything.

Rows are untrusted and Python's `str.format` reaches attributes, so this is a substitution of its own: one
pass, and what a row holds is never looked at for further fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.steps.records import canonical
from winnow.steps.source.values import RowError, json_value, lookup

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_OPERATORS = re.compile(r"[!:\[\]]")


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: texts and the fields between them, `texts` one longer than `fields`.

    >>> parse("{{{a}}} and {b.c}").fill({"a": "{b}", "b": {"c": 3}})
    '{{b}} and 3'
    """

    texts: tuple[str, ...]
    fields: tuple[str, ...]

    def fill(self, row: Mapping[str, Any]) -> str:
        """The prompt of a row: strings as they are, everything else as JSON.

        Raises:
            RowError: a field is missing or null.
        """
        parts = [self.texts[0]]
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            value = json_value(lookup(row, field))
            if value is None:
                raise RowError(f"the template's field {field!r} is null")
            parts += (value if isinstance(value, str) else canonical(value), text)
        return "".join(parts)


def parse(template: str) -> Template:
    """Read a template; `{{` and `}}` stand for braces.

    Raises:
        ValueError: a brace stands alone, a field is no simple name, or there is no field at all.
    """
    texts, fields, text, end = [], [], "", 0
    for token in _TOKEN.finditer(template):
        text += template[end : token.start()]
        end = token.end()
        found, field = token.group(), token.group(1)
        if field is not None:
            texts.append(text)
            fields.append(_field(field))
            text = ""
        elif len(found) == 2:
            text += found[0]
        else:
            raise ValueError(f"the template has a lone {found!r} at character {end}: write {found * 2!r}")
    if not fields:
        raise ValueError("the template names no field: put one in braces, such as {question}")
    return Template((*texts, text + template[end:]), tuple(fields))


def _field(field: str) -> str:
    if not field.strip() or field != field.strip() or _OPERATORS.search(field):
        raise ValueError(f"the template's {{{field}}} is no field: expected a plain name, such as {{text}}")
    return field
