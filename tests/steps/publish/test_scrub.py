"""Nothing of a machine, of its keys, or of people goes with a recipe."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.steps.publish.scrub import scrubbed, without_login


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"to": "sftp://me:hunter2@host.example/dir"}, {"to": "sftp://host.example/dir"}),
        ({"to": "sftp://me@nas/dir"}, {"to": "sftp://.../dir"}),
        ({"to": "s3://key:secret@bucket/x"}, {"to": "s3://bucket/x"}),
        ({"to": "az://container/x?sig=secret"}, {"to": "az://container/x"}),
        ({"to": "abfs://box@account.example/x"}, {"to": "abfs://box@account.example/x"}),
        ({"path": "s3://bucket/sums.jsonl"}, {"path": "s3://bucket/sums.jsonl"}),
        ({"url": "grpc://10.0.0.7:80"}, {"url": "grpc://...:80"}),
        ({"path": "/home/me/my data/sums.jsonl"}, {"path": "sums.jsonl"}),
        ({"path": "file:///home/me/a b.jsonl"}, {"path": "a b.jsonl"}),
        ({"path": "~/a b.jsonl"}, {"path": "a b.jsonl"}),
        ({"args": ["--model=/home/me/model", "-v"]}, {"args": ["--model=model", "-v"]}),
        ({"command": "python /home/me/x.py --to ~/y/z"}, {"command": "python x.py --to z"}),
        ({"/home/me/x.py": 1}, {"x.py": 1}),
        (
            {"headers": {"X-Api-Key": "abc", "Cookie": "a"}},
            {"headers": {"X-Api-Key": "...", "Cookie": "..."}},
        ),
        ({"headers": {"X-Key": "${env:KEY}"}}, {"headers": {"X-Key": "${env:KEY}"}}),
        ({"api-key": "abc", "access_key": "b"}, {"api-key": "...", "access_key": "..."}),
        ({"argilla": {"annotators": ["ann"]}}, {"argilla": {"annotators": "..."}}),
        ({"system": "/no_think Add 1/2 and 3/4."}, {"system": "/no_think Add 1/2 and 3/4."}),
        (
            {"system": "See https://example.com/a/b for more."},
            {"system": "See https://example.com/a/b for more."},
        ),
        ({"system": "Answer yes/no.\n/think"}, {"system": "Answer yes/no.\n/think"}),
        ({"system": "Ask http://me:pw@example.com first"}, {"system": "Ask http://example.com first"}),
    ],
)
def test_what_is_nobodys_business(told: dict[str, Any], expected: dict[str, Any]) -> None:
    assert scrubbed(told) == expected
    assert scrubbed(expected) == expected


def test_a_login_is_taken_out_of_a_message() -> None:
    told = "no answer of ftp://me:p@ss:w@127.0.0.1:21/x, see http://a.example/b@c"
    assert without_login(told) == "no answer of ftp://127.0.0.1:21/x, see http://a.example/b@c"
