"""HTTP, once: one session, one answer or one trouble a request. Retries are somebody else's business."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import aiohttp
import orjson
from yarl import URL

from winnow.steps import secrets
from winnow.steps.engine.failures import Absent, Passing, Trouble
from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError, UsageError

LARGEST_REPLY = 64 * 2**20
_CHUNK = 2**20
_CONNECT_SECONDS = 30.0
_UNFIT = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; `seconds` from the request to its last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Transport:
    """A session with one server. `shown` is its base URL as a message may hold it."""

    def __init__(self, base: str, headers: Mapping[str, str], timeout: float, shown: str) -> None:
        try:
            self._base = URL(base.strip().rstrip("/"))
        except ValueError:
            self._base = URL()
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise UsageError(f"base_url is {shown!r}: expected something like http://127.0.0.1:8000/v1")
        if self._base.user is not None and any(name.lower() == "authorization" for name in headers):
            raise UsageError(f"base_url {shown!r} has a name in it, and there is a key beside it: give one")
        self.shown = shown
        self._headers = {"Content-Type": "application/json", **headers}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, base_url: str, api_key: str | None, headers: Mapping[str, str], timeout: float) -> Self:
        """A transport as a recipe declares it, with every `${env:NAME}` expanded.

        Raises:
            MissingError: a variable is not set, or holds what no header may hold.
            UsageError: the URL is none.
        """
        sent = {name: _header(name, secrets.expand(value).strip()) for name, value in headers.items()}
        if api_key is not None:
            sent["Authorization"] = "Bearer " + _header("Authorization", secrets.expand(api_key).strip())
        return cls(secrets.expand(base_url), sent, timeout, shown(base_url))

    @property
    def path(self) -> str:
        """The path of the base URL, like `/v1`."""
        return self._base.path.rstrip("/")

    @property
    def place(self) -> str:
        """Where the server is, without whatever in the address lets somebody in."""
        return str(self._base.with_user(None).with_query(None).with_fragment(None))

    async def open(self) -> None:
        timeout = aiohttp.ClientTimeout(
            total=self._timeout, sock_connect=min(_CONNECT_SECONDS, self._timeout)
        )
        connector = aiohttp.TCPConnector(limit=0)  # the sampler limits what is in flight
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers=self._headers, proxy=_proxy(self._base)
        )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, path: str, body: Mapping[str, Any], *, root: bool = False) -> Answer:
        """POST `body` as JSON to the base URL plus `path`, or, with `root`, to the server's own root.

        Raises:
            Trouble: no answer came, or one that is too large.
        """
        return await self._send("POST", path, root=root, data=spelled(body))

    async def get(
        self,
        path: str,
        *,
        root: bool = False,
        query: Mapping[str, str] | None = None,
        into: Path | None = None,
    ) -> Answer:
        """GET, as `post`. Of an answer of status 200 the body goes `into` a file, where one is named."""
        return await self._send("GET", path, root=root, query=query, into=into)

    async def delete(self, path: str) -> Answer:
        """DELETE, as `post`."""
        return await self._send("DELETE", path)

    async def upload(self, path: str, fields: Mapping[str, str], file: BinaryIO, name: str) -> Answer:
        """POST a form with these fields and a file, which is not held in memory (RFC 7578); as `post`."""
        form = aiohttp.MultipartWriter("form-data")
        for field, value in fields.items():
            form.append(value).set_content_disposition("form-data", name=field)
        form.append(file).set_content_disposition("form-data", name="file", filename=name)
        return await self._send("POST", path, data=form)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        root: bool = False,
        data: bytes | aiohttp.MultipartWriter | None = None,
        query: Mapping[str, str] | None = None,
        into: Path | None = None,
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("the engine is not started")
        base = self._base.with_path(self.path.removesuffix("/v1")) if root else self._base
        url = base.joinpath(*path.strip("/").split("/")).with_query(self._base.query)
        url = url.update_query(query) if query else url
        kind = {"Content-Type": data.content_type} if isinstance(data, aiohttp.MultipartWriter) else None
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with self._session.request(
                method, url, data=data, headers=kind, allow_redirects=False
            ) as response:
                if into is not None and response.status == 200:
                    await _written(response, into)
                    body = b""
                else:
                    body = await _bounded(response)
                return Answer(response.status, response.headers, body, clock() - began)
        except (aiohttp.ClientError, OSError) as error:
            raise _trouble(error, self.shown, self._timeout) from None


def shown(base_url: str) -> str:
    """The URL of a recipe as a message may hold it: references stay, a password goes.

    >>> shown("https://me:secret@example.com/v1/")
    'https://example.com/v1'
    """
    return plain(re.sub(r"//[^/@]*@", "//", base_url).rstrip("/"))


def _header(name: str, value: str) -> str:
    """A value fit for a header; the message never holds it."""
    if _UNFIT.search(value):
        raise MissingError(f"the value for the header {name!r} has characters that no header may hold")
    return value


def spelled(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON, what UTF-8 cannot hold replaced."""
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate, or a number of more than 64 bits
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > LARGEST_REPLY:
            response.close()
            raise Passing(f"the reply is larger than {LARGEST_REPLY // 2**20} MiB")
    return bytes(found)


async def _written(response: aiohttp.ClientResponse, path: Path) -> None:
    """The body, durable in a file.

    Raises:
        MissingError: it cannot be written.
    """
    with _writing(path):
        file = path.open("wb")
    with file:
        async for chunk in response.content.iter_chunked(_CHUNK):
            with _writing(path):
                file.write(chunk)
        with _writing(path):
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as broken:
        raise MissingError(f"{path} cannot be written: {broken.strerror}") from None


def _proxy(base: URL) -> str | None:
    """The proxy that the environment names for this server; one on this machine is asked directly."""
    host = base.host or ""
    if _is_here(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(base.scheme)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _trouble(error: Exception, where: str, timeout: float) -> Trouble:
    """What broke, in our own words: those of the client would repeat hosts that came from a secret."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Absent(f"the host of {where} is unknown: check base_url and the network")
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            return Absent(
                f"the certificate of {where} cannot be trusted: check base_url, or trust its issuer"
            )
        case aiohttp.ClientSSLError():
            return Absent(f"{where} speaks no TLS: is it http:// instead of https://?")
        case aiohttp.ClientProxyConnectionError():
            return Absent(f"the proxy for {where} does not answer: check the environment's proxy settings")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return Absent(f"nothing answers at {where}: is the server running?")
        case aiohttp.ClientConnectorError():
            reason = error.os_error.strerror or type(error.os_error).__name__
            return Absent(f"nothing answers at {where} ({plain(reason)}): is the server running?")
        case aiohttp.ConnectionTimeoutError():
            return Absent(f"no connection to {where} in time: check base_url and the network")
        case TimeoutError():
            return Passing(f"no answer in {timeout:g} s")
        case aiohttp.ClientResponseError():
            return Passing("the answer is not HTTP")
        case _:
            return Passing("the connection broke")
