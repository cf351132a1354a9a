"""What an endpoint is found out to be able to do, and what is said of one that is of no use."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from support.openai_server import OpenAIServer, Script
from support.ports import held

from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.tokens import Usage
from winnow.steps.errors import MissingError, UsageError


@contextmanager
def says(raw: bytes) -> Iterator[str]:
    """A server that answers every connection with the same bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            # Closed with a part of the request unread, it would be reset, and the answer lost on its way.
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    threading.Thread(target=serve, daemon=True).start()
    with closing(listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("script", "n", "seed", "limit", "usage", "tokenize"),
    [
        (Script(), True, True, "max_tokens", Usage.ALL, False),
        (Script(n="ignore"), False, True, "max_tokens", Usage.ALL, False),
        (Script(n="refuse"), False, True, "max_tokens", Usage.ALL, False),
        (Script(seeds="refuse"), True, False, "max_tokens", Usage.ALL, False),
        (Script(n="refuse", seeds="refuse"), False, False, "max_tokens", Usage.ALL, False),
        (Script(limit_name="max_completion_tokens"), True, True, "max_completion_tokens", Usage.ALL, False),
        (Script(usage="one", tokenize=True), True, True, "max_tokens", Usage.ONE, True),
        (Script(usage="none"), True, True, "max_tokens", Usage.NONE, False),
        (Script(usage="wrong"), True, True, "max_tokens", Usage.NONE, False),
        (Script(usage="none", tokenize=True), True, True, "max_tokens", Usage.NONE, True),
    ],
)
async def test_the_probe_finds_what_a_server_can_do(connect, script, n, seed, limit, usage, tokenize):
    with OpenAIServer(script) as server:
        client = await connect(server, max_n=8)
        found = client._features
        assert (found.n, found.seed, found.limit, found.usage) == (n, seed, limit, usage)
        assert found.tokenize is tokenize
        assert client.most == (8 if n else 1)


async def test_the_probe_survives_faults(connect):
    script = Script(first=("busy", "error", "cut_before", "cut_headers", "cut_body", "garbage"))
    with OpenAIServer(script) as server:
        client = await connect(server)
        assert client.counters.retries == 6


async def test_the_extra_body_is_there_from_the_first_request_on(connect):
    with OpenAIServer() as server:
        await connect(server, extra={"chat_template_kwargs": {"enable_thinking": False}})
        assert server.seen[0]["chat_template_kwargs"] == {"enable_thinking": False}


async def test_refused(connect):
    with held() as port:
        url = f"http://127.0.0.1:{port}/v1"
        with pytest.raises(EngineUnreachable, match=f"nothing answers at {url}: is the server running"):
            await connect(url)


async def test_unknown_host(connect):
    with pytest.raises(EngineUnreachable, match=r"no-such-host\.invalid.*(unknown|nothing answers)"):
        await connect("http://no-such-host.invalid/v1")


async def test_no_tls(connect):
    with (
        says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url,
        pytest.raises(EngineUnreachable, match="http:// instead of https://"),
    ):
        await connect(url.replace("http:", "https:"))


async def test_a_certificate_that_nobody_knows(connect, tmp_path):
    import ssl
    import subprocess

    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    made = await asyncio.create_subprocess_exec(
        *command, "-keyout", key, "-out", cert, stderr=subprocess.DEVNULL
    )
    assert await made.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(EngineUnreachable, match=r"certificate .* cannot be trusted"):
            await connect(f"https://localhost:{port}/v1")


async def test_nobody_answers_in_time(connect):
    with OpenAIServer(Script(first=("hang",) * 2)) as server:
        with pytest.raises(EngineUnreachable, match=r"no answer in 1 s"):
            await connect(server, timeout=1.0, retries=1)
        assert len(server.seen) == 2


async def test_wrong_model(connect):
    with (
        OpenAIServer(Script(models=("qwen", "llama"))) as server,
        pytest.raises(EngineUnreachable, match="no model 'm'; it serves: qwen, llama"),
    ):
        await connect(server)


async def test_wrong_model_where_nothing_lists_them(connect):
    with (
        OpenAIServer(Script(models=("qwen",), list_models=False)) as server,
        pytest.raises(EngineUnreachable, match=r"for the model 'm' \(HTTP 404: no such model"),
    ):
        await connect(server)


async def test_a_base_url_without_its_version(connect):
    with (
        OpenAIServer(Script(models=("m",))) as server,
        pytest.raises(EngineUnreachable, match=f"set base_url to that|{server.url}") as caught,
    ):
        await connect(server.url.removesuffix("/v1"))
    assert f"its API is at {server.url}" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, ""),
        ("${env:WINNOW_TEST_KEY}", "sk-wrong-and-secret"),
        ("${env:WINNOW_TEST_KEY}", "sk-wrong-and-from-a-file\n"),
    ],
)
async def test_unauthorised(connect, monkeypatch, key, value):
    monkeypatch.setenv("WINNOW_TEST_KEY", value)
    with (
        OpenAIServer(Script(api_key="right")) as server,
        pytest.raises(
            EngineUnreachable, match=r"refused our key \(HTTP 401.*api_key: \$\{env:NAME\}"
        ) as caught,
    ):
        await connect(server, api_key=key)
    assert "sk-wrong" not in str(caught.value)  # though the server repeats it


async def test_out_of_credit(connect):
    body = {"error": {"message": "you have run dry", "code": "insufficient_quota"}}
    with (
        OpenAIServer(Script(every={"status": 429, "body": body})) as server,
        pytest.raises(EngineUnreachable, match=r"nothing is left to pay with \(HTTP 429\): you have run dry"),
    ):
        await connect(server)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>hi</html>", "no JSON: <html>hi</html>"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "no completion"),
        (b"HTTP/1.1 503 Loading\r\nContent-Length: 0\r\n\r\n", "HTTP 503: without a word"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not HTTP|connection broke"),
        (b"", "connection broke"),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://x.example/\r\nContent-Length: 0\r\n\r\n", "x.example"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "OpenAI-compatible server"),
    ],
)
async def test_something_else_answers(connect, raw, why):
    with says(raw) as url, pytest.raises(EngineUnreachable, match=why):
        await connect(url + "/v1", retries=1)


async def test_a_server_that_refuses_everything_is_quoted(connect):
    every = {"status": 400, "body": {"error": "temperature is out of fashion\x1b[31m"}}
    with OpenAIServer(Script(every=every)) as server:
        with pytest.raises(EngineUnreachable, match="temperature is out of fashion") as caught:
            await connect(server)
        assert "\x1b" not in str(caught.value)
        assert len(server.seen) == 8


async def test_an_unset_variable_is_named(connect, monkeypatch):
    monkeypatch.delenv("WINNOW_TEST_KEY", raising=False)
    with pytest.raises(MissingError, match="WINNOW_TEST_KEY, which is not set"):
        await connect("http://127.0.0.1:1/v1", api_key="${env:WINNOW_TEST_KEY}")


async def test_a_key_that_no_header_may_hold_is_not_repeated(connect, monkeypatch):
    monkeypatch.setenv("WINNOW_TEST_KEY", "sk-two\nlines")
    with pytest.raises(MissingError, match="'Authorization' has characters") as caught:
        await connect("http://127.0.0.1:1/v1", api_key="${env:WINNOW_TEST_KEY}")
    assert "sk-two" not in str(caught.value)


async def test_a_secret_url_that_is_none_is_not_repeated(connect, monkeypatch):
    monkeypatch.setenv("WINNOW_TEST_URL", "ftp://hidden.example")
    with pytest.raises(UsageError, match=r"base_url is '\$\{env:WINNOW_TEST_URL\}'") as caught:
        await connect("${env:WINNOW_TEST_URL}")
    assert "hidden" not in str(caught.value)


async def test_a_secret_url_stays_secret_when_nobody_is_there(connect, monkeypatch):
    with held() as port:
        monkeypatch.setenv("WINNOW_TEST_URL", f"http://127.0.0.1:{port}/hidden/v1")
        with pytest.raises(EngineUnreachable, match=r"at \$\{env:WINNOW_TEST_URL\}: is the server") as caught:
            await connect("${env:WINNOW_TEST_URL}")
    assert "hidden" not in str(caught.value) and "127.0.0.1" not in str(caught.value)


async def test_a_key_read_from_a_file_may_end_in_a_line_break(connect, monkeypatch):
    monkeypatch.setenv("WINNOW_TEST_KEY", "sk-right-one\n")
    with OpenAIServer(Script(api_key="sk-right-one")) as server:
        await connect(
            server, api_key="${env:WINNOW_TEST_KEY}", headers={"X-Team": "a ${env:WINNOW_TEST_KEY}"}
        )
        assert server.headers[0]["x-team"] == "a sk-right-one"


async def test_a_name_in_the_url_and_a_key_are_one_too_many(connect, monkeypatch):
    monkeypatch.setenv("WINNOW_TEST_KEY", "sk-right")
    with pytest.raises(UsageError, match="has a name in it, and there is a key beside it") as caught:
        await connect("http://me:hidden@127.0.0.1:1/v1", api_key="${env:WINNOW_TEST_KEY}")
    assert "hidden" not in str(caught.value)


async def test_a_proxy_of_the_environment_is_not_for_this_machine(connect, monkeypatch):
    with held() as port, OpenAIServer() as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        await connect(server)
        assert server.seen


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"api_key": "sk-literal"}, "a recipe holds no keys"),
        ({"base_url": "127.0.0.1:8000"}, "starts with http"),
        ({"extra": {"n": 3}}, "'n' has a key of its own"),
        ({"concurrency": 0}, "greater than or equal to 1"),
        ({"max_N": 3}, "Extra inputs"),
    ],
)
def test_a_wrong_config_is_refused(keys, why):
    with pytest.raises(ValueError, match=why):
        EndpointConfig(**{"type": "endpoint", "base_url": "http://x/v1", "model": "m", **keys})
