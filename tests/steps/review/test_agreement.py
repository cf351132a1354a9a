"""What a ledger's reviews say of the verifier: of all that was read, and of what chance chose."""

from __future__ import annotations

import polars as pl
from support.reviews import Reviews, compared, said

from winnow.steps.ledger.schema import TABLES
from winnow.steps.records import key_of
from winnow.steps.review.agreement import report_of


class Judged(Reviews):
    """Reviews, and the last verdict on each completion."""

    def __init__(self, statuses: dict[str, str], *rows: object) -> None:
        super().__init__(*rows)  # type: ignore[arg-type]
        self._statuses = statuses

    def scan(self, table: str) -> pl.LazyFrame:
        if table != "verdicts":
            return super().scan(table)
        empty = pl.DataFrame(pl.from_arrow(TABLES["verdicts"].empty_table()))
        told = {
            "id": [*self._statuses],
            "completion": [*self._statuses],
            "status": [*self._statuses.values()],
        }
        rows = pl.DataFrame(told)
        lacking = [
            pl.lit(None, dtype=kind).alias(name) for name, kind in empty.schema.items() if name not in told
        ]
        return rows.with_columns(lacking).select(empty.columns).lazy()


def by_draw(count: int) -> list[str]:
    """Completions, the one first that is drawn first."""
    return sorted((f"c{at}" for at in range(count)), key=lambda one: key_of("review", one))


def test_what_was_sent_before_it_was_drawn_is_of_the_sample() -> None:
    """Twenty doubtful rows were sent first; of the forty that chance draws then, some are among them."""
    ids = by_draw(80)
    doubtful = set(ids[::4])  # all of them wrong, and all else right
    drawn = ids[:40]
    sent = dict.fromkeys(doubtful, "uncertain") | {one: "random" for one in drawn if one not in doubtful}
    rows = [said("p", one, "ann", one not in doubtful, chosen_by=how) for one, how in sent.items()]
    report = report_of(Judged(dict.fromkeys(ids, "pass"), *rows))
    assert (report.drawn.precision.hits, report.drawn.precision.of) == (30, 40)
    assert (report.verifier.precision.hits, report.verifier.precision.of) == (30, 50)


def test_without_chance_nothing_is_of_a_sample() -> None:
    rows = [
        said("p", "a", "ann", True, chosen_by="uncertain"),
        said("p", "b", "ann", True, chosen_by="random by model"),
    ]
    report = report_of(Judged({"a": "pass", "b": "pass"}, *rows))
    assert report.drawn.precision.of == 0
    assert report.verifier.precision.of == 2


def test_pairs_are_drawn_for_themselves() -> None:
    ids = by_draw(8)
    rows = [
        said("p", ids[0], "ann", True),
        said("p", ids[7], "ann", False, chosen_by="uncertain"),
        compared("p", "one", "other", "ann", "one"),
    ]
    report = report_of(Judged({**dict.fromkeys(ids, "pass"), "one": "pass", "other": "fail"}, *rows))
    assert (report.drawn.precision.hits, report.drawn.precision.of) == (1, 1)
    assert (report.pairs.hits, report.pairs.of) == (1, 1)


def test_what_is_said_by_status_and_of_whom() -> None:
    rows = [
        said("p", "a", "ann", True),
        said("p", "a", "ann", False, at=2),  # the last word
        said("p", "a", "bob", True, status="draft"),
        said("p", "b", "bob", None, status="discarded"),
        said("p", "b", "ann", True),
        said("p", "b", "eve", False),
    ]
    report = report_of(Judged({"a": "pass", "b": "pass"}, *rows))
    assert report.responses == {"discarded": 1, "draft": 1, "submitted": 3}
    assert (report.people, report.ties) == (2, 1)
    assert (report.verifier.precision.hits, report.verifier.precision.of) == (0, 1)
