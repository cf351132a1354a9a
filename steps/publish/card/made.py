"""How a dataset was made: problems, model, sampling, tests, rules."""

from __future__ import annotations

from typing import Any

from winnow.steps.publish.card.escape import code, plain
from winnow.steps.publish.card.facts import Facts
from winnow.steps.publish.card.metadata import source_repo
from winnow.steps.publish.card.overview import image
from winnow.steps.records import canonical
from winnow.steps.report.model import Audit

_LICENSE_UNTOLD = "not told"
_RULES = ("rule", "per_problem", "rank_by", "trust", "distinct")


def made(facts: Facts) -> str:
    """A table of what came from where, then plots of what it was like."""
    rows = [("problems", _source(facts)), ("answers", _models(facts))]
    rows += [("sampling", told) for told in [_sampling(facts)] if told]
    rows += [("right is", _verifiers(facts)), ("chosen", _rules(facts))]
    rows += [("people", told) for told in [_people(facts)] if told]
    rows += [("left out", told) for told in [_dropped(facts)] if told]
    table = "\n".join(["| | |", "|---|---|", *(f"| **{name}** | {told} |" for name, told in rows)])
    recipe = ""
    if facts.recipe:
        recipe = (
            "[`recipe.yaml`](recipe.yaml) is all that was asked for, without what it said of its machine. "
        )
    how = (
        f"{recipe}[`manifest.json`](manifest.json) has the hash of every file; this is build "
        f"`{facts.built.build.id}`."
    )
    plots = [image(name) for name in ("difficulty", "lengths") if name in facts.plots]
    return "\n\n".join(["## How it was made", table, how, *plots])


def audit_told(audit: Audit) -> str:
    """How far a verifier can be trusted, as far as anybody looked."""
    told = []
    if audit.precision is not None:
        within = ""
        if audit.precision_low is not None and audit.precision_high is not None:
            within = f" (95% interval {audit.precision_low:.0%} to {audit.precision_high:.0%})"
        told.append(f"precision {audit.precision:.1%}{within} by {audit.reviewed:,} answers that people read")
    if audit.golds:
        told.append(f"{audit.golds_passed:,} of {audit.golds:,} reference answers pass it")
    return "; ".join(told)


def _source(facts: Facts) -> str:
    if facts.built.is_mix:
        runs = ", ".join(code(origin.run) for origin in facts.built.origins)
        return f"a mix of the runs {runs}; the column `run` says whose a row is"
    source = facts.part("source") or {}
    kind, path = source.get("type"), source.get("path")
    where = f"{code(str(path))} ({code(str(kind))})" if path else code(str(kind or "not told"))
    if repo := source_repo(facts):
        where = f"[{plain(repo)}](https://huggingface.co/datasets/{repo})"
    more = [f"{key} {code(str(source[key]))}" for key in ("config", "split", "revision") if source.get(key)]
    license_ = facts.config.source_license
    more.append(f"licence {code(license_) if license_ else _LICENSE_UNTOLD}")
    return f"{where}, {', '.join(more)}"


def _models(facts: Facts) -> str:
    names = ", ".join(code(model) for model in facts.models) or "not told"
    engine = facts.part("sample", "engine", "type")
    how = f" by the engine {code(str(engine))}" if engine else ""
    license_ = facts.config.model_license
    return f"{names}{how}, licence {code(license_) if license_ else _LICENSE_UNTOLD}"


def _sampling(facts: Facts) -> str:
    keys = ("n", "until", "max_n", "temperature", "top_p", "max_tokens")
    told = {key: value for key in keys if (value := facts.part("sample", key)) is not None}
    shown = ", ".join(f"{key} {code(_short(value))}" for key, value in told.items())
    if system := facts.part("sample", "system"):
        shown += f", system prompt {code(_cut(str(system)))}"
    return shown.lstrip(", ")


def _verifiers(facts: Facts) -> str:
    names = [f"{code(name)} (version {code(version)})" for name, version in facts.verifiers]
    told = "what passes " + (", ".join(names) if names else "its verifier")
    if spec := facts.part("verify"):
        told += f", set up as {code(_cut(_short(spec)))}"
    audit = audit_told(facts.report.audit) if facts.report else ""
    return f"{told}; {audit or 'how often that is wrong was not measured'}"


def _people(facts: Facts) -> str:
    if facts.reviewed is None:
        return ""
    rule = f" (rule {code(facts.review_rule)})" if facts.review_rule else ""
    return f"reviewed {facts.reviewed:,} rows, and decided {facts.decided:,} of them{rule}"


def _rules(facts: Facts) -> str:
    rules = facts.built.told.get("made_by", {}).get("rules") or facts.part("build") or {}
    if not isinstance(rules, dict):
        return "not told"
    told = []
    for kind in facts.kinds:
        part = rules.get(kind)
        if isinstance(part, dict):
            shown = ", ".join(f"{key} {code(_short(part[key]))}" for key in _RULES if key in part)
            told.append(f"`{kind}`: {shown}" if shown else f"`{kind}`")
    return "; ".join(told) or ", ".join(f"`{kind}`" for kind in facts.kinds)


def _dropped(facts: Facts) -> str:
    dropped = facts.built.told.get("dropped", {})
    if not isinstance(dropped, dict):
        return ""
    return ", ".join(f"{int(count):,} by {code(str(rule))}" for rule, count in dropped.items())


def _short(value: Any) -> str:
    """A value of the recipe on one line, as YAML's flow style would have it."""
    return value if isinstance(value, str) else canonical(value).replace('"', "")


def _cut(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
