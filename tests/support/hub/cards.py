"""The rules of a dataset card's metadata, as the Hub's `/api/validate-yaml` checks them.

The lists are those of https://huggingface.co/docs/hub/repositories-licenses, of the tasks of
https://huggingface.co/tasks and of `datasets` itself.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import yaml

_LICENSES = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl
ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1
lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl
openmdw-1.0 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr
deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3
llama4 gemma unknown other
"""
_TASKS = """
text-classification token-classification table-question-answering question-answering
zero-shot-classification translation summarization feature-extraction text-generation fill-mask
sentence-similarity text-to-speech text-to-audio automatic-speech-recognition audio-to-audio
audio-classification voice-activity-detection depth-estimation image-classification object-detection
image-segmentation text-to-image image-to-text image-to-image image-to-video
unconditional-image-generation video-classification reinforcement-learning robotics
tabular-classification tabular-regression tabular-to-text table-to-text multiple-choice text-ranking
text-retrieval time-series-forecasting text-to-video image-text-to-text visual-question-answering
document-question-answering zero-shot-image-classification graph-ml mask-generation
zero-shot-object-detection text-to-3d image-to-3d image-feature-extraction other
"""
LICENSES, TASKS = set(_LICENSES.split()), set(_TASKS.split())
_RESOURCES = files("datasets.utils.resources")


def _told(name: str) -> Any:
    return json.loads(_RESOURCES.joinpath(name).read_text())


SIZES = set(_told("size_categories.json"))
CREATORS = set(_told("creators.json")["annotations"])
MULTILINGUALITIES = set(_told("multilingualities.json"))
LANGUAGES = set(_told("languages.json")) | {"code", "multilingual"}
_LISTS = {
    "license": LICENSES,
    "task_categories": TASKS,
    "size_categories": SIZES,
    "annotations_creators": CREATORS,
    "multilinguality": MULTILINGUALITIES,
}
_SOURCE = re.compile(r"original|extended(\|[\w./-]+)?|[\w.-]+(/[\w.-]+)?")
_CONFIG = re.compile(r"[^<>:/\\|?*]+")


def problems_of(readme: str) -> tuple[list[str], list[str]]:
    """What is wrong with the metadata of a README, and what is only not nice: errors and warnings."""
    parts = readme.split("---\n")
    if not readme.startswith("---\n") or len(parts) < 3:
        return [], ["empty or missing yaml metadata in repo card"]
    try:
        told = yaml.safe_load(parts[1])
    except yaml.YAMLError as broken:
        return [f"invalid YAML: {broken}"], []
    if not isinstance(told, dict):
        return ["the metadata is no mapping"], []
    errors = []
    for key, known in _LISTS.items():
        errors += [f'"{key}" must be one of the known ones: {one!r}' for one in _all(told, key) - known]
    for one in _all(told, "language"):
        if not re.fullmatch(r"[a-z]{2,3}", one) and one not in LANGUAGES:
            errors.append(f'"language" must only contain lowercase ISO 639 codes: {one!r}')
    errors += [f'"source_datasets": {one!r}' for one in _all(told, "source_datasets") if not _fits(one)]
    if not isinstance(told.get("pretty_name", ""), str):
        errors.append('"pretty_name" must be a string')
    tags = told.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        errors.append('"tags" must be an array of strings')
    errors += _wrong_configs(told.get("configs", []))
    return errors, [] if "license" in told else ['"license" is missing']


def _all(told: dict[str, Any], key: str) -> set[str]:
    value = told.get(key, [])
    return set(map(str, value if isinstance(value, list) else [value]))


def _is_data(data: dict[str, Any]) -> bool:
    return set(data) == {"split", "path"} and bool(re.fullmatch(r"\w+(\.\w+)*", str(data["split"])))


def _fits(source: str) -> bool:
    return _SOURCE.fullmatch(source) is not None


def _wrong_configs(configs: Any) -> list[str]:
    if not isinstance(configs, list):
        return ['"configs" must be an array']
    wrong = []
    for one in configs:
        if not isinstance(one, dict) or not isinstance(one.get("config_name"), str):
            wrong.append('"configs[].config_name" is required')
            continue
        if not _CONFIG.fullmatch(one["config_name"]):
            wrong.append(f'"configs[].config_name": {one["config_name"]!r}')
        wrong += [
            f'"configs[].data_files": {data!r}' for data in one.get("data_files", []) if not _is_data(data)
        ]
    if sum(bool(one.get("default")) for one in configs if isinstance(one, dict)) > 1:
        wrong.append("only one config may be the default")
    names = [one.get("config_name") for one in configs if isinstance(one, dict)]
    return wrong + (["two configs have one name"] if len(set(names)) < len(names) else [])
