"""A search engine for Argilla that asks Argilla's own SQLite database, so that neither Elasticsearch nor
OpenSearch is needed. There is no index: what would write to one does nothing.

A search reads every record of its dataset: right for thousands of them, not for millions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from argilla_server.database import AsyncSessionLocal
from argilla_server.enums import MetadataPropertyType, SimilarityOrder
from argilla_server.models import Question, Record, Response, Suggestion, Vector
from argilla_server.search_engine import (
    AndFilter,
    FloatMetadataMetrics,
    IntegerMetadataMetrics,
    MetadataFilterScope,
    RangeFilter,
    ResponseFilterScope,
    SearchEngine,
    SearchResponseItem,
    SearchResponses,
    SuggestionFilterScope,
    TermsMetrics,
    TextQuery,
)
from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select

PENDING = "pending"


@SearchEngine.register("db")
class DatabaseSearch(SearchEngine):
    """Argilla's interface of a search engine, answered by queries."""

    @classmethod
    async def new_instance(cls) -> DatabaseSearch:
        return cls()

    async def close(self) -> None:
        pass

    async def ping(self) -> bool:
        return True

    async def info(self) -> dict[str, Any]:
        return {"name": "db"}

    async def _nothing(self, *_: Any, **__: Any) -> None:
        pass

    create_index = delete_index = configure_metadata_property = configure_index_vectors = _nothing
    index_records = partial_record_update = delete_records = _nothing
    update_record_response = delete_record_response = _nothing
    update_record_suggestion = delete_record_suggestion = _nothing

    async def get_dataset_progress(self, dataset: Any) -> dict[str, int]:
        where = Record.dataset_id == dataset.id
        return await _counted(select(Record.status, func.count()).where(where).group_by(Record.status))

    async def get_dataset_user_progress(self, dataset: Any, user: Any) -> dict[str, int]:
        where = and_(Record.dataset_id == dataset.id, Response.user_id == user.id)
        query = select(Response.status, func.count()).join(Record).where(where)
        return await _counted(query.group_by(Response.status))

    async def search(
        self,
        dataset: Any,
        query: TextQuery | str | None = None,
        filter: Any = None,
        sort: list[Any] | None = None,
        offset: int = 0,
        limit: int = 100,
        user_id: Any = None,
    ) -> SearchResponses:
        """The records in the order asked for; where none is asked for, in an order of each user's own."""
        found = select(Record.id).where(*_conditions(dataset, query, filter))
        orders = [getattr(_column(one.scope), str(one.order))() for one in sort or []]
        async with AsyncSessionLocal() as db:
            ids = list((await db.scalars(found.order_by(*orders, Record.inserted_at, Record.id))).all())
        if user_id and not orders:
            ids.sort(key=lambda one: hashlib.sha256(f"{user_id}{one}".encode()).digest())
        page = [SearchResponseItem(record_id=one, score=1.0) for one in ids[offset : offset + limit]]
        return SearchResponses(items=page, total=len(ids))

    async def similarity_search(
        self,
        dataset: Any,
        vector_settings: Any,
        value: list[float] | None = None,
        record: Any = None,
        query: TextQuery | str | None = None,
        filter: Any = None,
        max_results: int = 100,
        order: Any = SimilarityOrder.most_similar,
        threshold: float | None = None,
    ) -> SearchResponses:
        """The records nearest to a vector, or to a record's, by the cosine; the record itself left out."""
        wanted = record.vector_value_by_vector_settings(vector_settings) if record else value
        found = select(Vector.record_id, Vector.value).join(Record)
        found = found.where(
            Vector.vector_settings_id == vector_settings.id, *_conditions(dataset, query, filter)
        )
        async with AsyncSessionLocal() as db:
            rows = [row for row in (await db.execute(found)).all() if record is None or row[0] != record.id]
        if not rows:
            return SearchResponses(items=[], total=0)
        vectors, aim = np.array([row[1] for row in rows], dtype=float), np.array(wanted, dtype=float)
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(aim)
        cosines = vectors @ aim / np.where(lengths == 0, 1, lengths)
        if order == SimilarityOrder.least_similar:
            cosines = -cosines
        scores = (1 + cosines) / 2
        items = [
            SearchResponseItem(record_id=rows[at][0], score=float(scores[at]))
            for at in np.argsort(-scores, kind="stable")[:max_results]
            if threshold is None or scores[at] >= threshold
        ]
        return SearchResponses(items=items, total=len(items))

    async def compute_metrics_for(self, metadata_property: Any) -> Any:
        """How often each term is there, or the least and the greatest number."""
        each = _each(Record.metadata_, metadata_property.name)
        where = Record.dataset_id == metadata_property.dataset_id
        async with AsyncSessionLocal() as db:
            if metadata_property.type == MetadataPropertyType.terms:
                terms = select(each.c.value, func.count()).select_from(Record).join(each, _always())
                terms = terms.where(where, each.c.value.is_not(None)).group_by(each.c.value)
                rows = (await db.execute(terms.order_by(func.count().desc(), each.c.value))).all()
                values = [TermsMetrics.TermCount(term=term, count=count) for term, count in rows]
                return TermsMetrics(total=sum(one.count for one in values), values=values)
            numbers = select(func.min(each.c.value), func.max(each.c.value)).select_from(Record)
            least, most = (await db.execute(numbers.join(each, _always()).where(where))).one()
        whole = metadata_property.type == MetadataPropertyType.integer
        return (IntegerMetadataMetrics if whole else FloatMetadataMetrics)(min=least, max=most)


async def _counted(query: Any) -> dict[str, int]:
    async with AsyncSessionLocal() as db:
        counts = {str(status): count for status, count in (await db.execute(query)).all()}
    return {"total": sum(counts.values()), **counts}


def _conditions(dataset: Any, query: TextQuery | str | None, filter: Any) -> Iterable[ColumnElement[bool]]:
    yield Record.dataset_id == dataset.id
    if query is not None:
        text = TextQuery(q=query) if isinstance(query, str) else query
        for word in text.q.split():
            yield _says(word, text.field)
    if filter is not None:
        yield _meets(filter)


def _says(word: str, field: str | None) -> ColumnElement[bool]:
    """Whether some text of the record's fields, or of one of them, has the word; a chat's messages, too."""
    path = f"$.{json.dumps(field)}" if field else "$"
    leaf = func.json_tree(Record.fields, path).table_valued("value", "type")
    return exists(
        select(1)
        .select_from(leaf)
        .where(leaf.c.type == "text", leaf.c.value.icontains(word, autoescape=True))
    )


def _meets(filter: Any) -> ColumnElement[bool]:
    if isinstance(filter, AndFilter):
        return and_(*map(_meets, filter.filters))
    scope = filter.scope
    if isinstance(scope, MetadataFilterScope):
        each = _each(Record.metadata_, scope.metadata_property)
        return exists(select(1).select_from(each).where(_within(each.c.value, filter)))
    if isinstance(scope, SuggestionFilterScope):
        return _suggested(filter)
    if isinstance(scope, ResponseFilterScope):
        return _answered(filter)
    return _within(_column(scope), filter)


def _suggested(filter: Any) -> ColumnElement[bool]:
    scope = filter.scope
    one = select(1).join(Question).where(Suggestion.record_id == Record.id, Question.name == scope.question)
    if scope.property == "value":
        each = _each(Suggestion.value)
        return exists(one.select_from(Suggestion).join(each, _always()).where(_within(each.c.value, filter)))
    return exists(one.select_from(Suggestion).where(_within(getattr(Suggestion, scope.property), filter)))


def _answered(filter: Any) -> ColumnElement[bool]:
    """Whether there is a response like this, of the user where one is meant. Pending: there is none."""
    scope = filter.scope
    one = select(1).select_from(Response).where(Response.record_id == Record.id)
    if scope.user is not None:
        one = one.where(Response.user_id == scope.user.id)
    if scope.question:
        each = func.json_each(Response.values, f"$.{json.dumps(scope.question)}.value").table_valued("value")
        return exists(one.join(each, _always()).where(_within(each.c.value, filter)))
    statuses = [status for status in map(str, filter.values) if status != PENDING]
    given = exists(one.where(Response.status.in_(statuses)))
    return or_(given, ~exists(one)) if PENDING in map(str, filter.values) else given


def _within(column: Any, filter: Any) -> ColumnElement[bool]:
    """Terms are compared as text: 1 and "1" are the same one."""
    if isinstance(filter, RangeFilter):
        bounds = [] if filter.ge is None else [column >= filter.ge]
        return and_(*bounds, *([] if filter.le is None else [column <= filter.le]))
    return cast(column, String).in_([str(value) for value in filter.values])


def _column(scope: Any) -> Any:
    """What records are ordered by."""
    if isinstance(scope, MetadataFilterScope):
        return func.json_extract(Record.metadata_, f"$.{json.dumps(scope.metadata_property)}")
    if isinstance(scope, SuggestionFilterScope):
        asked = select(getattr(Suggestion, scope.property)).join(Question)
        asked = asked.where(Suggestion.record_id == Record.id, Question.name == scope.question)
        return asked.scalar_subquery()
    if isinstance(scope, ResponseFilterScope):
        value = func.json_extract(Response.values, f"$.{json.dumps(scope.question)}.value")
        given = select(value).where(Response.record_id == Record.id, Response.user_id == scope.user.id)
        return given.scalar_subquery()
    return getattr(Record, str(scope.property))


def _each(column: Any, name: str | None = None) -> Any:
    """The values of a list, or the one value that is none, as rows."""
    path = "$" if name is None else f"$.{json.dumps(name)}"
    return func.json_each(column, path).table_valued("value")


def _always() -> ColumnElement[bool]:
    from sqlalchemy import true

    return true()
