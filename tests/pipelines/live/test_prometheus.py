"""Metrics, as an independent parser reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from support.snapshots import HOSTILE, server, snapshot

from winnow.pipelines.live.prometheus import families, metrics_of
from winnow.pipelines.terminal import printable


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_every_sample_is_read_as_it_was_meant() -> None:
    seen = snapshot(servers=(server(HOSTILE), server("down", up=False, usual=None)))
    found = samples(metrics_of(seen))
    assert found["winnow_verdicts_total", (("run", "sums"), ("status", "fail"))] == 300
    assert found["winnow_problems", (("run", "sums"), ("state", "skipped"))] == 10
    hostile = (("run", "sums"), ("server", printable(HOSTILE)))
    assert found["winnow_server_tokens_total", hostile] == 4000
    assert found["winnow_server_up", (("run", "sums"), ("server", "down"))] == 0
    assert ("winnow_server_request_seconds", (("run", "sums"), ("server", "down"))) not in found
    assert ("winnow_rows", (("run", "sums"),)) not in found
    told = sum(value is not None for one in families(seen) for _, value in one.samples)
    assert len(found) == told


def test_types_and_helps_are_told() -> None:
    told = {one.name: one for one in text_string_to_metric_families(metrics_of(snapshot(rows=3, target=9)))}
    assert told["winnow_completions"].type == "counter"
    assert told["winnow_rows_wanted"].type == "gauge"
    assert all(one.documentation for one in told.values())
    assert "\x1b" not in metrics_of(snapshot(name=HOSTILE))
