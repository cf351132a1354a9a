"""Personal data: what is one is found, and numbers of mathematics and code are not."""

from __future__ import annotations

import time
from random import Random

import polars as pl
import pytest

from winnow.steps.clean.config import PERSONAL
from winnow.steps.clean.personal import personal


def found(*texts: str) -> list[tuple[int, str]]:
    return personal(pl.Series(texts), PERSONAL).select("at", "detail").rows()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "jane.doe+news@mail.uni-kiel.de"),
        ("email", "j_smith99@gmail.com"),
        ("phone", "(415) 682-2671"),
        ("phone", "415-682-2671"),
        ("phone", "+1 415 682 2671"),
        ("phone", "+49 30 901820 22"),
        ("phone", "+44 20 7946 0958"),
        ("card", "4539 1488 0343 6467"),
        ("card", "4539148803436467"),
        ("card", "5500-0055-5555-5559"),
        ("card", "3782 822463 10005"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("iban", "GB82WEST12345698765432"),
        ("iban", "NL91 ABNA 0417 1643 00"),
        ("ip", "93.184.216.34"),
        ("ip", "2606:2800:220:1:248:1893:25c8:1946"),
        ("ssn", "536-90-4399"),
    ],
)
def test_what_is_one(kind: str, value: str) -> None:
    for text in (
        value,
        f"You can reach me at {value}.",
        f"({value})",
        f"a\n{value}\nb",
        f"Write to: {value}, please",
    ):
        (told,) = found("nothing here", text)
        assert told == (1, f"{kind}: {value[:2]}...")


@pytest.mark.parametrize(
    "text",
    [
        "1234 * 5678 = 7006652 and 2^64 = 18446744073709551616, 20! = 2432902008176640000",
        "the sum 4539148803436467 + 1 is one more",
        "x = 4539148803436467",
        "4539 1488 0343 6468 fails Luhn's test",
        "900-250-1000 = -350, and 415-682-2671 = -2938",
        "123-45-6789 = -6711; so 536-90-4399 = -3953",
        "0.4539148803436467 is about a half; so is 4539148803436467.5 of the whole",
        "In section 10.11.12.13 of version 12.14.15.16.17, see v10.20.30.40",
        "localhost is 127.0.0.1, routers are 192.168.1.1 and 10.20.30.40, DNS is 8.8.8.8",
        "A @ B.T and a@b.T, x@self.weight, W@h.mean(0), q@k.to(device)",
        "git@github.com:org/repo.git, user@example.com, me@localhost, someone@example.org",
        "std::vector<int> a; abc::def::ghi; at 12:30:45 on 2024-01-15T12:30:45",
        "2001:db8:85a3:8d3:1319:8a2e:370:7348 is for documentation",
        "The ratio is 3:4:5, so f(1, 2) = 3 and \\frac{1}{2} + 12345678 = n",
        "DE89370400440532013001 fails its check, ABCD1234ABCD1234 is no account",
        "1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048 and 4096 8192 16384",
        "5 +12 34 56 78 and +12345678, x +49 30 = 79",
        "3.14159265358979323846264338327950288419716939937510582097494459",
    ],
)
def test_what_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("me@example.com, x@gmail.com", "email: x@..."),
        ("me@example.com x@gmail.com", "email: x@..."),
        ("4111111111111112 4111111111111111", "card: 41..."),
        ("4111111111111112, 4111111111111112; 4111111111111111", "card: 41..."),
        ("192.168.1.1 93.184.216.34", "ip: 93..."),
        ("000-12-3456, 536-90-4399", "ssn: 53..."),
        ("DE89370400440532013001\nGB82WEST12345698765432", "iban: GB..."),
    ],
)
def test_what_follows_one_that_is_none(text: str, told: str) -> None:
    assert found(text) == [(0, told)]


def test_what_stands_on_another_line_is_no_calculation() -> None:
    assert found("x =\n4539148803436467\n= y") == [(0, "card: 45...")]


def test_numbers_drawn_at_random_are_seldom_one() -> None:
    random = Random(5)
    texts = [
        f"We get {random.randint(10**14, 10**17)} and {random.randint(100, 999)}-{random.randint(10, 99)}"
        f" = {random.randint(1, 10**9)}, hence {random.random()} of {random.randint(1, 10**6):,}."
        for _ in range(3_000)
    ]
    assert len(found(*texts)) / len(texts) < 0.05


def test_a_kind_that_is_not_asked_for() -> None:
    text = pl.Series(["mail a.b@web.de or call 415-682-2671"])
    assert personal(text, ["phone"])["detail"].to_list() == ["phone: 41..."]


def test_hostile_texts() -> None:
    texts = ["a" * 1_000_000, "a@" * 300_000, "1" * 1_000_000, "1-" * 300_000, "1 " * 300_000, "A1" * 300_000]
    texts += [
        "2222:" * 200_000,
        "a." * 300_000 + "@",
        "+1 (" * 200_000,
        "",
        "\x00" * 10_000,
        "\U0001f600" * 10_000,
    ]
    texts += [f"{text} me@example.com 4539 1488 0343 6468 192.168.1.1 000-12-3456" for text in texts]
    texts += ["me@example.com " * 60_000, "4111111111111112 " * 60_000, "10.20.30.40, " * 60_000]
    begun = time.process_time()
    personal(pl.Series(texts), PERSONAL)
    assert time.process_time() - begun < 40
