"""What goes wrong with the Hub: what passes if one waits, and what to tell of the rest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from winnow.steps.errors import MissingError, UsageError, WinnowError
from winnow.steps.publish.scrub import without_login
from winnow.steps.secrets import redact

T = TypeVar("T")

_PASSING = (408, 425, 429, 500, 502, 503, 504)
_TRANSPORT = ("httpx", "httpx2", "httpcore", "httpcore2")  # whichever huggingface_hub came with
_FOREVER = ("UnsupportedProtocol", "InvalidURL", "LocalProtocolError", "TooManyRedirects")
CONFLICT = 412


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may be silent (seconds), how often it is tried, and the first wait between."""

    timeout: float = 120.0
    tries: int = 6
    wait: float = 1.0

    def pause(self, tried: int) -> None:
        time.sleep(min(self.wait * 2**tried, 60.0))


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an error of huggingface_hub, or what caused it, is about."""
    for one in _chain(error):
        response = getattr(one, "response", None)
        if isinstance(status := getattr(response, "status_code", None), int):
            return status
    return None


def passes(error: BaseException) -> bool:
    """Whether the same request may succeed later: no answer, half of one, or a server in trouble."""
    if (status := status_of(error)) is not None:
        return status in _PASSING
    return any(
        isinstance(one, json.JSONDecodeError | TimeoutError | ConnectionError) or _cut(one)
        for one in _chain(error)
    )


def patiently(call: Callable[[], T], patience: Patience) -> T:
    """What `call` gives; tried again while what goes wrong may pass, so it must do no harm when repeated."""
    for tried in range(patience.tries):
        try:
            return call()
        except Exception as error:
            if not passes(error) or tried + 1 == patience.tries:
                raise
        patience.pause(tried)
    raise AssertionError("the last try returns or raises")


def explained(error: Exception, endpoint: str, repo: str) -> WinnowError:
    """An error of the library as a message that says what to do."""
    if isinstance(error, WinnowError):
        return error
    status, said = status_of(error), _said(error)
    place = f"{repo} on {endpoint}"
    if isinstance(error, ValueError) and "metadata" in str(error):
        return UsageError(f"{place} refused the card: {said}. Mend `publish.card` in the recipe")
    if type(error).__name__ == "HFValidationError":
        return UsageError(f"publish.hub.repo: the Hub takes no such name: {said}")
    if status == 401 or type(error).__name__ == "LocalTokenNotFoundError":
        return MissingError(
            f"{endpoint} does not know who publishes {repo}: {said}. Set HF_TOKEN to a token with the right "
            f"to write, or log in with `hf auth login`; tokens are made at {endpoint}/settings/tokens"
        )
    if status == 403:
        return MissingError(
            f"the token may not write to {place}: {said}. Use a token with the role `write` whose owner may "
            "write there, or publish to a repo of your own"
        )
    if status == 404:
        return MissingError(
            f"there is no {place}, or the token may not read it: {said}. Mend `publish.hub.repo`, or ask its "
            "owner to let you in"
        )
    if status is not None and not passes(error):
        return MissingError(f"{place} refused what was sent ({status}): {said}")
    if status is not None or passes(error):
        told = f"status {status}: {said}" if status else said
        return MissingError(
            f"{endpoint} cannot be reached, or is in trouble: {told}. The datasets are built and kept: "
            "`winnow publish` or the next `winnow run` publishes them"
        )
    return MissingError(f"{place}: {type(error).__name__}: {said}")


def _said(error: BaseException) -> str:
    """The words of the server, or the first line of the library's, without what they may hold of secrets."""
    server = next((told for one in _chain(error) if (told := getattr(one, "server_message", None))), None)
    if isinstance(error, ValueError):
        server = " ".join(line.strip() for line in str(error).splitlines())
    lines = [line.strip() for line in str(server or error).splitlines() if line.strip()]
    return without_login(redact(lines[0] if lines else type(error).__name__))[:500].rstrip(".")


def _cut(error: BaseException) -> bool:
    kind = type(error)
    return kind.__module__.partition(".")[0] in _TRANSPORT and kind.__name__ not in _FOREVER


def _chain(error: BaseException | None) -> Iterator[Any]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
