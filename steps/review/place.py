"""Where records go on a server: the workspace, the people in it, the dataset with its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.review.api import Argilla
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.forms import FORMS

_MOST_NAMED = 10


def dataset_name(config: ArgillaConfig, kind: str) -> str:
    """The name of the dataset that has the rows of a kind.

    >>> dataset_name(ArgillaConfig(dataset="sums"), "sft")
    'sums-sft'
    """
    return f"{config.dataset}-{kind}"


async def workspace_of(server: Argilla, config: ArgillaConfig, *, make: bool = False) -> str:
    """The id of the workspace.

    Args:
        make: it, where the configuration says so, and let its annotators in.

    Raises:
        MissingError: it is not there for us, or one of the annotators is no user there.
    """
    mine = (await server.get("me/workspaces"))["items"]
    found = next((one["id"] for one in mine if one["name"] == config.workspace), None)
    if found is None and make and config.create_workspace:
        found = (await server.post("workspaces", {"name": config.workspace}))["id"]
    if found is None:
        named = ", ".join(sorted(one["name"] for one in mine)[:_MOST_NAMED]) or "none"
        raise MissingError(
            f"no workspace {config.workspace!r} at {server.shown} that your key may see; it sees: {named}. "
            "Name one of these, have yourself let in, or say --create-workspace"
        )
    if make and config.annotators:
        await _let_in(server, config, found)
    return str(found)


async def _let_in(server: Argilla, config: ArgillaConfig, workspace: str) -> None:
    inside = {one["username"] for one in (await server.get(f"workspaces/{workspace}/users"))["items"]}
    wanted = [name for name in dict.fromkeys(config.annotators) if name not in inside]
    if not wanted:
        return
    known = {one["username"]: one["id"] for one in (await server.get("users"))["items"]}
    if lacking := [name for name in wanted if name not in known]:
        raise MissingError(
            f"no user {', '.join(map(repr, lacking))} at {server.shown}: an owner makes users there; or take "
            "them out of publish.argilla.annotators"
        )
    for name in wanted:
        await server.post(f"workspaces/{workspace}/users", {"user_id": known[name]})


async def find_dataset(server: Argilla, workspace: str, name: str) -> dict[str, Any] | None:
    """A dataset of the workspace, as the server tells it."""
    told = await server.get("me/datasets", workspace_id=workspace, name=name)
    return next((one for one in told["items"] if one["name"] == name), None)


async def make_dataset(server: Argilla, workspace: str, config: ArgillaConfig, kind: str) -> str:
    """The id of the dataset for rows of a kind; made where it is not there, finished where it was left
    half made.

    Raises:
        UsageError: a dataset of that name is there, and asks or shows other things.
    """
    form, name = FORMS[kind], dataset_name(config, kind)
    found = await find_dataset(server, workspace, name)
    if found is None:
        found = await server.post(
            "datasets",
            {
                "name": name,
                "workspace_id": workspace,
                "guidelines": config.guidelines or form.guidelines,
                "allow_extra_metadata": True,
                "distribution": {"strategy": "overlap", "min_submitted": config.min_submitted},
            },
        )
    dataset, ready = str(found["id"]), found["status"] == "ready"
    for path, what, parts in (
        ("fields", "field", form.fields),
        ("questions", "question", form.questions),
        ("metadata-properties", "metadata", form.metadata),
    ):
        listed = f"me/datasets/{dataset}/{path}" if what == "metadata" else f"datasets/{dataset}/{path}"
        items = (await server.get(listed))["items"]
        there, ours = ({part["name"] for part in some} for some in (items, parts))
        lacking = [part for part in parts if part["name"] not in there]
        strange = sorted(one["name"] for one in items if one.get("required") and one["name"] not in ours)
        known = {part["name"]: part for part in parts}
        other = [
            one["name"] for one in items if one["name"] in known and not is_alike(one, known[one["name"]])
        ]
        if (lacking and ready) or strange or other:
            odd = [
                *(f"no {what} {part['name']!r}" for part in lacking),
                *(f"a {what} {one!r}" for one in strange),
                *(f"a {what} {one!r} of another kind" for one in other),
            ]
            raise UsageError(
                f"the dataset {name!r} at {server.shown} is another one, with {', '.join(odd)}: name another "
                "with --dataset"
            )
        for part in lacking:
            await server.post(f"datasets/{dataset}/{path}", part)
    if not ready:
        await server.put(f"datasets/{dataset}/publish")
    return dataset


def is_alike(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether a field, question or metadata property of a server is of our kind, with our answers to choose.

    >>> is_alike({"settings": {"type": "text"}}, {"settings": {"type": "chat"}})
    False
    """
    one, other = ({**part["settings"]} for part in (there, ours))
    options = [sorted(str(told["value"]) for told in some.get("options") or []) for some in (one, other)]
    return bool(one.get("type") == other.get("type") and options[0] == options[1])
