"""How a dataset is loaded and trained on, what a row is like, what it cannot do, how it is cited."""

from __future__ import annotations

import re

from winnow.steps.publish.card.escape import fence, paragraphs, plain
from winnow.steps.publish.card.examples import example
from winnow.steps.publish.card.facts import Facts
from winnow.steps.publish.card.made import audit_told
from winnow.steps.publish.card.overview import right_means

_COMMANDS = {"sft": "sft", "preference": "dpo", "step_preference": "dpo", "kto": "kto", "reward": "reward"}
_MOST_EXAMPLES = 2


def usage(facts: Facts) -> str:
    """Code that loads it, and commands that train on it."""
    kind = facts.kinds[0]
    split = next(iter(facts.built.files(kind)))
    python = (
        f'from datasets import load_dataset\n\nrows = load_dataset("{facts.repo}", "{kind}", split="{split}")'
    )
    parts = ["## Load it", fence(python, "python")]
    if facts.is_hub:
        parts.append(
            f'To have the same rows for ever, add `revision="v{facts.built.build.id}"`: each build has a tag.'
        )
    trained = [kind for kind in facts.kinds if kind in _COMMANDS and "train" in facts.built.files(kind)]
    if trained:
        commands = [
            f"trl {_COMMANDS[kind]} --dataset_name {facts.repo} --dataset_config {kind} "
            f"--model_name_or_path YOUR_MODEL --output_dir out"
            for kind in trained
        ]
        parts += [
            "Train on it with [TRL](https://huggingface.co/docs/trl):",
            fence("\n".join(commands), "sh"),
        ]
    return "\n\n".join(parts)


def examples(facts: Facts) -> str:
    """Short rows of the first datasets, inert whatever a model wrote."""
    found = [(kind, row) for kind in facts.kinds[:_MOST_EXAMPLES] if (row := example(facts.built, kind))]
    if not found:
        return ""
    parts = ["## What a row is like"]
    for kind, row in found:
        parts += [f"`{kind}`:", fence(row, "json")]
    others = "`verdict`, `n` and `n_pass` of its problem, `reference`, `model`, `sampling`"
    return "\n\n".join([*parts, f"Beside what a trainer reads, every row has its origin: {others} and more."])


def limits(facts: Facts) -> str:
    """What follows from how it was made, then what its makers add."""
    told = [
        f"Right means that {right_means(facts)}, and nothing else: not that its reasoning is sound, its "
        "style good, or its content harmless. A model wrote every answer.",
        "There are rows only of problems that the model could solve at least now and then; what it never "
        "solves is not here. Do not measure a model on this data: it was selected.",
    ]
    if not (facts.report and audit_told(facts.report.audit)):
        told.append("How often the verifier passes a wrong answer was not measured.")
    for kind in facts.kinds:
        figures = facts.figures(kind)
        longer, easiest = figures.get("longer_is_chosen"), figures.get("easiest_quarter")
        if longer is not None:
            told.append(
                f"`{kind}`: the longer side is the chosen one in {longer:.0%} of the pairs; the farther that "
                "is from half, the more a model can learn from length alone."
            )
        if easiest is not None:
            told.append(f"`{kind}`: {easiest:.0%} of the rows come from the easiest quarter of the problems.")
    told.append(_overlap(facts))
    rules = facts.built.told.get("made_by", {}).get("rules", {})
    if not (isinstance(rules, dict) and rules.get("clean", {}).get("personal_data")):
        told.append("Personal data was not looked for.")
    parts = ["## Known limits", "\n".join(f"- {line}" for line in told)]
    if facts.config.limits:
        parts.append(paragraphs(facts.config.limits))
    return "\n\n".join(parts)


def citation(facts: Facts) -> str:
    """As its makers ask, or in a form that names the build."""
    given = facts.config.citation
    if given is None:
        key = re.sub(r"\W+", "_", facts.built.name).strip("_") or "dataset"
        title = re.sub(r"[{}\\%#&_$^~]", " ", " ".join(facts.title.split()))
        where = f"https://huggingface.co/datasets/{facts.repo}" if facts.is_hub else facts.repo
        given = (
            f"@misc{{{key},\n  title  = {{{title}}},\n  note   = {{winnow build {facts.built.build.id}}},\n"
            f"  url    = {{{where}}}\n}}"
        )
    return f"## Citation\n\n{fence(given, 'bibtex')}\n\nMade with winnow and distilabel."


def _overlap(facts: Facts) -> str:
    sets = facts.built.told.get("made_by", {}).get("evaluation_sets") or []
    names = [plain(str(one.get("name"))) for one in sets if isinstance(one, dict)]
    if not names:
        return "No overlap with evaluation sets was looked for."
    told = ", ".join(names)
    return f"No prompt overlaps with {told}, as far as shared words tell; other sets were not looked at."
