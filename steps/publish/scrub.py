"""What a recipe tells of the machine that it ran on, taken out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from winnow.steps.secrets import mentions, redact

HIDDEN = "..."
_PATH = re.compile(r"(?:file://)?(?:~?/|[A-Za-z]:[\\/]|\\\\)\S*[\\/](?=\S)|^~?/(?=\S+\.\w+$)")
_SECRET = re.compile(r"api_key|token$|secret|password|authorization|^headers?$", re.IGNORECASE)


def scrubbed(data: Any) -> Any:
    """Plain data without absolute paths (their last part stays), addresses of private machines, and keys.

    >>> scrubbed({"path": "/home/me/sums.jsonl", "n": 4, "system": "/no_think Add."})
    {'path': 'sums.jsonl', 'n': 4, 'system': '/no_think Add.'}
    >>> scrubbed({"base_url": "http://10.0.0.7:8000/v1", "api_key": "abc"})
    {'base_url': 'http://...:8000/v1', 'api_key': '...'}
    """
    if isinstance(data, Mapping):
        return {str(key): _hidden(str(key), value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [scrubbed(one) for one in data]
    return _without_place(redact(data)) if isinstance(data, str) else data


def _hidden(key: str, value: Any) -> Any:
    if _SECRET.search(key) and isinstance(value, str) and not mentions(value):
        return HIDDEN
    return scrubbed(value)


def _without_place(text: str) -> str:
    if match := _PATH.match(text):
        if any(sign.isspace() for sign in text):
            return text
        return text[match.end() :]
    if re.match(r"https?://", text):
        return _public(text)
    return text


def _public(url: str) -> str:
    """A URL without a user's name, and without the name of a machine that nobody else can reach."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return HIDDEN
    if _is_private(host):
        host = HIDDEN
    netloc = host if port is None else f"{host}:{port}"
    return parts._replace(netloc=netloc, query="", fragment="").geturl()


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan", ".localdomain"))
