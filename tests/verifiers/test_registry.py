"""Verifiers by name: loading, refusing, fingerprints, and what a verifier's own trouble becomes."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import winnow.verifiers
from winnow.verifiers import SpecError, Status, Verdict, load, names, registry
from winnow.verifiers.registry import Check


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    kept = dict(registry.entries())
    yield
    registry._ENTRIES.clear()
    registry._ENTRIES.update(kept)


def test_importing_the_package_is_enough_to_find_every_verifier() -> None:
    code = "import winnow.verifiers as v; print(*v.names())"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == names()
    assert {"number", "exact", "regex", "word_count", "all", "any", "not", "per_problem"} <= set(told)


def test_a_verdict_costs_no_heavy_import() -> None:
    code = "import sys, winnow.verifiers.worker as w; w.load('number'); print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "typer", "asyncio", "polars", "yaml", "numpy"} & set(told)


def test_every_exported_name_is_there() -> None:
    assert all(getattr(winnow.verifiers, name) for name in winnow.verifiers.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        winnow.verifiers.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("spec", "path", "told"),
    [
        ("nmber", ("type",), "did you mean 'number'?"),
        ("zzz", ("type",), "known: all, answer, any, "),
        ({}, (), "needs the key 'type'"),
        ({"type": 3}, (), "needs the key 'type'"),
        ({"type": "number", "tol": 1}, ("tol",), "it takes: answer, tolerance"),
        ({"type": "number", "toleranc": 1}, ("toleranc",), "did you mean 'tolerance'?"),
        ({"type": "number", 3: 1}, (3,), "has no parameter 3"),
        ({"type": "x" * 1000}, ("type",), "…"),
        ([], (), "a name or a mapping with the key 'type', not []"),
        (None, (), "not None"),
    ],
)
def test_a_spec_that_is_none_is_refused(spec: Any, path: tuple[str | int, ...], told: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(spec)
    assert caught.value.path == path
    assert told in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_fingerprint_is_that_of_name_version_and_parameters_in_every_process() -> None:
    spec = {"type": "word_count", "min": 1, "max": 3}
    code = (
        "import winnow.verifiers as v; print(v.load({'max': 3, 'min': 1, 'type': 'word_count'}).fingerprint)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert load(spec).fingerprint == told
    assert len(told) == 32
    different = [{"type": "word_count", "min": 1}, {"type": "character_count", "min": 1, "max": 3}]
    assert len({told, *(load(one).fingerprint for one in different)}) == 3
    assert load({**spec, "min": None}).fingerprint == load({"type": "word_count", "max": 3}).fingerprint


def test_a_verifiers_own_trouble_is_an_error() -> None:
    @registry.verifier("broken")
    def factory(how: str) -> Check:
        def judge(reference: Mapping[str, Any], _completion: str) -> Verdict:
            if how == "none":
                return None  # type: ignore[return-value]
            if how == "deep":
                return judge(reference, _completion)
            raise KeyError("x" * 1000)

        return judge

    assert (
        load({"type": "broken", "how": "none"})({}, "").reason
        == "broken broke: it returned NoneType, no Verdict"
    )
    assert "RecursionError" in load({"type": "broken", "how": "deep"})({}, "").reason
    raised = load({"type": "broken", "how": "raise"})({}, "")
    assert raised.status is Status.ERROR
    assert raised.reason.startswith("broken broke: KeyError: 'xxx")
    assert len(raised.reason) == 200


def test_a_verdict_is_short() -> None:
    verdict = Verdict.failed("r" * 1_000_000, extracted="e" * 201)
    assert (len(verdict.reason), len(verdict.extracted or "")) == (200, 200)
    assert verdict.reason.endswith("r…")
    assert Verdict.passed(extracted="e" * 200).extracted == "e" * 200


def test_the_recipe_outranks_the_reference_and_values_do_not_mix() -> None:
    judge = load({"type": "word_count", "max": 2})
    assert judge({"max": 9}, "a b c").status is Status.FAIL
    assert judge({"min": 2}, "a").reason == "1 word, expected 2"
    assert judge({}, "a").status is Status.PASS
    assert judge({"min": 2}, "a b").status is Status.PASS
    assert judge({"min": 3}, "a").reason.endswith("min is 3, which is more than max, 2")


def test_what_yaml_holds_beside_json_has_a_fingerprint() -> None:
    """A recipe's `2026-01-01` is a date."""
    spec = {"type": "sql", "schema": "create table t (a)", "rows": [[datetime.date(2026, 1, 1)]]}
    other = {**spec, "rows": [[datetime.date(2026, 1, 2)]]}
    assert load(spec).fingerprint == load(spec).fingerprint != load(other).fingerprint
