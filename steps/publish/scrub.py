"""What a recipe tells of the machine that it ran on, and of people, taken out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from winnow.steps.secrets import mentions, redact

HIDDEN = "..."
_PATH = re.compile(r"(?:file://)?(?:~?/|[A-Za-z]:[\\/]|\\\\)\S*[\\/](?=\S)|^~?/(?=\S+\.\w+$)")
_SPACED = re.compile(r"(?:file://)?(?:~/|/[^/\s]+/|[A-Za-z]:[\\/]|\\\\).*[\\/](?=.)")  # in a single line
_WITHIN = re.compile(
    r"(?<![\w./:~-])(?:file://)?(?:~|/(?:home|Users|root|tmp|var|mnt|media|data|opt|srv|scratch|work|workspace))/"
    r"(?:[^\s\"',;:()\[\]{}]*/)?(?=[^\s/])"
)
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*::)*([a-z][a-z0-9+.-]*)://(?=\S+$)", re.IGNORECASE)
_LOGIN = re.compile(r"(://)([^/\s@]*:[^/\s]*)@")
_STORES = ("abfs", "abfss", "wasb", "wasbs")  # before their @ stands a container, and no user
_NAMES_NO_MACHINE = ("s3", "s3a", "gs", "gcs", "az", "adl", "hf", "oci", "oss", "r2", "memory", *_STORES)
_SECRET = re.compile(
    r"api[-_]?key|access[-_]?key|token$|secret|password|credential|authorization|cookie", re.IGNORECASE
)
_HEADERS = re.compile(r"headers?$", re.IGNORECASE)
_PEOPLE = ("annotators",)


def scrubbed(data: Any) -> Any:
    """Plain data without absolute paths (their last part stays), addresses of private machines, keys, and
    names of people.

    >>> scrubbed({"path": "/home/me/sums.jsonl", "n": 4, "system": "/no_think Add."})
    {'path': 'sums.jsonl', 'n': 4, 'system': '/no_think Add.'}
    >>> scrubbed({"base_url": "http://10.0.0.7:8000/v1", "api_key": "abc"})
    {'base_url': 'http://...:8000/v1', 'api_key': '...'}
    """
    if isinstance(data, Mapping):
        return {_without_place(str(key)): _hidden(str(key), value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [scrubbed(one) for one in data]
    return _without_place(redact(data)) if isinstance(data, str) else data


def without_login(text: str) -> str:
    """Text without the user and password of URLs in it.

    >>> without_login("sftp://me:secret@example.com/sums")
    'sftp://example.com/sums'
    """
    return _LOGIN.sub(r"\1", text)


def _hidden(key: str, value: Any) -> Any:
    if key in _PEOPLE and value:
        return HIDDEN
    if _SECRET.search(key) and isinstance(value, str) and not mentions(value):
        return HIDDEN
    if _HEADERS.search(key):
        return _without_values(value)
    return scrubbed(value)


def _without_values(headers: Any) -> Any:
    """Headers without what they say, unless it stands elsewhere."""
    if isinstance(headers, Mapping):
        return {str(name): _without_values(value) for name, value in headers.items()}
    return HIDDEN if isinstance(headers, str) and not mentions(headers) else headers


def _without_place(text: str) -> str:
    if (found := _URL.match(text)) and found[1].lower() != "file":
        return _public(text, found[1].lower())
    if match := _PATH.match(text):
        spaced = any(sign.isspace() for sign in text)
        if spaced and (match := _SPACED.match(text) if "\n" not in text else None) is None:
            return _WITHIN.sub("", without_login(text))
        return text[match.end() :]
    return _WITHIN.sub("", without_login(text))


def _public(url: str, scheme: str) -> str:
    """A URL without a user's name, and without the name of a machine that nobody else can reach."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return HIDDEN
    if scheme in _NAMES_NO_MACHINE:
        kept = parts.netloc if scheme in _STORES else parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=kept, query="", fragment="").geturl()
    if _is_private(host):
        host = HIDDEN
    netloc = host if port is None else f"{host}:{port}"
    return parts._replace(netloc=netloc, query="", fragment="").geturl()


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan", ".localdomain"))
