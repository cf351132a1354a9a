"""The head of a card: what the dataset is, and how much of it there is."""

from __future__ import annotations

from winnow.steps.publish.card.escape import code, paragraphs, plain
from winnow.steps.publish.card.facts import Facts

WHAT = {
    "sft": "finetuning on right answers",
    "preference": "pairs of a right and a wrong answer, for DPO and its like",
    "kto": "answers, each labelled right or wrong, for KTO",
    "grpo": "prompts with references, for policies that sample for themselves",
    "reward": "pairs for a reward model",
    "stepwise": "reasoning steps, each with a proven label, for a process reward model",
    "step_preference": "pairs of next steps after one beginning, as answers that part in their last step",
    "candidates": "everything that was sampled and judged",
}
_CHOSEN = {
    "verdict": (
        "a test has judged, not an opinion",
        ", a verifier decided of every answer whether it is right, and what is here was chosen from the "
        "answers by the rules below. Every row says which problem it answers, which verdict it got, and how "
        "often its problem was solved.",
    ),
    "reward": (
        "scored best",
        ", a scorer rated the answers, and the best rated were taken for right where no test could tell. "
        "Every row says in `trust` and `score` what speaks for it.",
    ),
    "votes": (
        "a model's own answers agree on",
        ", and what most of the answers to a question say was taken for right where no test could tell. "
        "Every row says in `trust` and `score` what speaks for it.",
    ),
}
_PEOPLE = {
    "override": "What most people say of an answer or a pair is so, whatever was said of it before.",
    "only_reviewed": "Only what people read is here, and what most of them say is so.",
    "drop_on_disagreement": "What people contradict was left out.",
}
_RIGHT = {"verdict": "the verifier passed the answer", "reward": "a scorer rated the answer above the others"}
_ALT = {
    "coverage": "The share of problems solved, against the completions sampled for each",
    "difficulty": "Problems by the share of their completions that passed",
    "lengths": "Lengths in characters of what passed and of what failed",
}


def opening(facts: Facts) -> str:
    """The title, what it is in one sentence, and the plot that tells most."""
    total = sum(facts.rows(kind) for kind in facts.kinds)
    by = ", ".join(code(model) for model in facts.models[:3]) or "a language model"
    lines = [f"# {plain(facts.title)}"]
    if facts.config.summary:
        lines.append(paragraphs(facts.config.summary))
    asked = f"{by} {'was' if len(facts.models) < 2 else 'were'} asked the same questions again and again"
    what, why = _CHOSEN.get(facts.trust, _CHOSEN["votes"])
    if facts.reviewed is not None:
        what = "a test or a person has judged" if facts.trust == "verdict" else what
        why += f" People read {facts.reviewed:,} of the rows. {_PEOPLE.get(facts.review_rule, '')}".rstrip()
    rows = "row" if total == 1 else "rows"
    lines.append(f"**{total:,} {rows} that {what}.** {asked}{why}")
    if "coverage" in facts.plots:
        lines.append(image("coverage"))
    if facts.report is not None and facts.report.counts.completions:
        lines.append(_asked(facts))
    return "\n\n".join(lines)


def contents(facts: Facts) -> str:
    """The table of counts."""
    splits = facts.splits
    head = ["dataset", "what for", *splits, "problems", "pass rate", "characters"]
    right = ["---", "---", *["---:"] * (len(head) - 2)]
    rows = [head, right]
    for kind in facts.kinds:
        told = facts.figures(kind)
        counts = [f"{facts.rows(kind, split):,}" if facts.rows(kind, split) else "" for split in splits]
        problems = f"{told['problems']:,.0f}" if "problems" in told else ""
        rate = f"{told['pass_rate']:.0%}" if "pass_rate" in told else ""
        rows.append([f"[`{kind}`](#load-it)", WHAT[kind], *counts, problems, rate, _lengths(told)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    notes = (
        "*Pass rate* is the mean over the rows' problems of the share of completions that passed: how hard "
        "what is here was for the model. *Characters* are the mean length of what is learned, and of what is "
        "rejected."
    )
    if len(splits) > 1:
        notes += " The splits share no problem: which one a problem is in follows from a hash of its prompt."
    return f"## What is in it\n\n{table}\n\n{notes}"


def right_means(facts: Facts) -> str:
    """What is claimed of a right answer."""
    right = _RIGHT.get(facts.trust, "most of a model's answers agree")
    if facts.reviewed is None:
        return right
    if facts.review_rule == "drop_on_disagreement":
        return f"{right} and people who read it did not contradict"
    return right + ", or people who read it said that it is right"


def image(name: str) -> str:
    return f"![{_ALT.get(name, name)}](images/{name}.png)"


def _asked(facts: Facts) -> str:
    assert facts.report is not None
    counts = facts.report.counts
    judged = counts.statuses.get("pass", 0) + counts.statuses.get("fail", 0)
    told = f"{counts.problems:,} problems were asked {counts.completions:,} times in all"
    if judged:
        told += (
            f"; {counts.statuses.get('pass', 0) / judged:.0%} of the judged answers were right, and "
            f"{counts.solved:,} problems were solved at least once"
        )
    return told + "."


def _lengths(told: object) -> str:
    if not isinstance(told, dict):
        return ""
    found = [told[key] for key in ("length_completion", "length_chosen", "length_rejected") if key in told]
    return " / ".join(f"{length:,.0f}" for length in found)
