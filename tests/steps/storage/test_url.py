"""Places in a store, and how they are reached."""

from __future__ import annotations

import pytest

from winnow.steps.errors import UsageError
from winnow.steps.storage.url import options_of, place_of


@pytest.mark.parametrize("after", ["", "/a/../b", "/a b", "/a%20b", "//a", "/a?x=1", "/a#b"])
def test_what_is_no_place(after: str) -> None:
    for told in (f"s3://bucket{after}", f"gs://bucket{after}", f"http://127.0.0.1/bucket{after}"):
        with pytest.raises(UsageError, match="no place in an object store: expected s3://BUCKET/PREFIX"):
            place_of(told)


def test_a_login_in_a_url_is_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        place_of("s3://me:hunter2@bucket/runs?token=hunter3")
    assert "hunter" not in str(refused.value)


def test_plain_http_is_only_for_an_endpoint_that_was_written_out() -> None:
    login = {"AWS_ACCESS_KEY_ID": "me", "AWS_ALLOW_HTTP": "true"}
    assert "aws_allow_http" not in options_of(login)
    assert options_of({**login, "AWS_ENDPOINT_URL": "https://s3.local"})["aws_allow_http"] == "false"
    assert options_of({**login, "AWS_ENDPOINT_URL_S3": "http://s3.local"})["aws_allow_http"] == "true"
    assert options_of({**login, "AWS_DEFAULT_REGION": "eu-1"})["aws_region"] == "eu-1"
