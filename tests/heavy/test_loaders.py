"""axolotl, LLaMA-Factory and torchtune load their exports by their own code, and train what they should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.builds import answer, ask, pair_row, said, sft_row, write_build
from support.environments import ROOT, TORCH, made, pip, run

from winnow.steps.export.export import export_build
from winnow.steps.export.trainers import TRAINERS

pytestmark = [pytest.mark.train, pytest.mark.timeout(1800)]
HERE = Path(__file__).parent
# What the code that reads datasets imports, at the versions that each trainer pins.
PACKAGES = {
    "axolotl": (
        "transformers==5.16.1 datasets==4.8.4 accelerate==1.13.0 peft==0.20.0 trl==1.9.0 pydantic==2.12.5 "
        "huggingface_hub==1.17.0 addict colorama numba pillow posthog pyyaml"
    ),
    "llamafactory": (
        "transformers==5.6.0 datasets==4.0.0 accelerate==1.11.0 peft==0.18.1 trl==0.24.0 torchdata==0.11.0 "
        "einops omegaconf pillow protobuf pyyaml scipy sentencepiece tiktoken"
    ),
    "torchtune": "torchao==0.9.0 torchdata==0.11.0 transformers==5.16.1",
}


def environment(name: str) -> Path:
    """The Python of an environment with a trainer, as far as it reads datasets."""
    trainer = TRAINERS[name]

    def make(folder: Path) -> None:
        packages = PACKAGES[name].split()
        if name == "torchtune":
            packages.append(f"torchtune=={trainer.version}")
        else:  # the whole of it is another gigabyte, for GPUs and web pages
            pip(folder, "install", "-qq", "--no-deps", f"{trainer.package}=={trainer.version}")
        pip(folder, "install", "-qq", TORCH, *packages)
        if name == "llamafactory":  # its wheel is built for CUDA; what LLaMA-Factory imports is plain Python
            pip(folder, "install", "-qq", "--no-deps", "torchaudio==2.11.0")
            for library in folder.glob("lib/*/site-packages/torchaudio/lib/*.so"):
                library.unlink()

    return made(name, make) / "bin/python"


def loaded(name: str, tmp_path: Path) -> dict[str, Any]:
    """What a trainer's code makes of every kind that it takes, by kind."""
    python, trainer = environment(name), TRAINERS[name]
    run(python, ROOT / "examples/tiny_model.py", tmp_path / "model", cwd=tmp_path)
    (tmp_path / "run").mkdir()
    done = export_build(
        write_build(tmp_path / "run", datasets()), trainer, tmp_path / "export", str(tmp_path / "model")
    )
    assert [data.kind for data in done.datas] == sorted(trainer.kinds)
    more = [tmp_path / "model"] if name == "torchtune" else []
    script = HERE / f"load_{name}.py"
    said_ = run(python, script, *more, *sorted(trainer.kinds), cwd=tmp_path / "export")
    return dict(json.loads(said_.splitlines()[-1]))


def datasets() -> dict[str, Any]:
    """Every kind in two shards and a split for validation; in SFT and KTO question 0 has a system message."""
    labels = [(at, label) for at in range(4) for label in (True, False)]
    told: dict[str, list[dict[str, Any]]] = {
        "sft": [sft_row(at) for at in range(4)],
        "preference": [pair_row(at) for at in range(4)],
        "reward": [{**pair_row(at), "margin": 1.0} for at in range(4)],
        "kto": [
            {
                "prompt": ask(at),
                "completion": answer(f"{'right' if label else 'wrong'} {at}"),
                "label": label,
                "id": f"{at}-{label}",
            }
            for at, label in labels
        ],
        "stepwise": [
            {
                "prompt": f"question {at}",
                "completions": ["begin", "end"],
                "labels": [True, at % 2 == 0],
                "id": f"{at}",
            }
            for at in range(4)
        ],
    }
    told["sft"][0]["messages"].insert(0, said("system", "be brief"))
    for row in told["kto"][:2]:
        row["prompt"] = [said("system", "be brief"), *row["prompt"]]
    return {kind: {"train": [rows[:2], rows[2:]], "validation": [rows[1:2]]} for kind, rows in told.items()}


def chat(at: int, text: str, system: str | None = None) -> str:
    head = "" if system is None else f"<|im_start|>system\n{system}<|im_end|>\n"
    return f"{head}<|im_start|>user\nquestion {at}<|im_end|>\n<|im_start|>assistant\n{text} {at}<|im_end|>\n"


WHOLE = sorted(chat(at, "right", "be brief" if at == 0 else None) for at in range(4))


def test_axolotl(tmp_path: Path) -> None:
    found = loaded("axolotl", tmp_path)
    sft = found["sft"]["train"]
    assert sorted(row["input_ids_text"] for row in sft) == WHOLE
    for row in sft:
        assert row["trained"] == row["input_ids_text"].split("assistant\n")[1].removesuffix("\n")
    assert len(found["sft"]["validation"]) == 1
    pairs = found["preference"]["train"]
    assert sorted((row["prompt"], row["chosen"], row["rejected"]) for row in pairs) == [
        (chat(at, "right").partition("right")[0], f"right {at}<|im_end|>", f"wrong {at}<|im_end|>")
        for at in range(4)
    ]
    kto = found["kto"]["train"]
    assert len(kto) == 8
    assert sorted((row["prompt"], row["completion"], row["label"]) for row in kto) == sorted(
        (
            chat(at, text, "be brief" if at == 0 else None).partition(text)[0],
            f"{text} {at}<|im_end|>",
            text == "right",
        )
        for at in range(4)
        for text in ("right", "wrong")
    )
    reward = found["reward"]["train"]
    assert sorted(row["chosen_ids_text"] for row in reward) == [chat(at, "right", "") for at in range(4)]
    assert sorted(row["rejected_ids_text"] for row in reward) == [chat(at, "wrong", "") for at in range(4)]
    steps = sorted(row["steps"] for row in found["stepwise"]["train"])
    assert steps == [
        [[f"question {at}\nbegin\n", 1], [f"question {at}\nbegin\nend\n", int(at % 2 == 0)]]
        for at in range(4)
    ]


def test_llamafactory(tmp_path: Path) -> None:
    found = loaded("llamafactory", tmp_path)
    sft = found["sft"]["train"]
    assert sorted(row["input_ids_text"] for row in sft) == WHOLE
    for row in sft:
        assert row["labels_text"] == row["input_ids_text"].split("assistant\n")[1]
    for kind in ("preference", "reward"):
        for at, row in enumerate(found[kind]["train"]):
            for side, text in (("chosen", "right"), ("rejected", "wrong")):
                assert row[f"{side}_input_ids_text"] == chat(at, text)
                assert row[f"{side}_labels_text"] == f"{text} {at}<|im_end|>\n"
    kto = found["kto"]["train"]
    assert len(kto) == 8
    for row in kto:
        assert row["labels_text"].startswith("right") == row["kto_tag"]
        assert row["labels_text"].split()[1] == row["input_ids_text"].split("question ")[1][0] + "<|im_end|>"
        assert row["labels_text"].split()[1] != row["kl_labels_text"].split()[1]  # of another problem
    assert {len(found[kind]["validation"]) for kind in found} == {1}


def test_torchtune(tmp_path: Path) -> None:
    found = loaded("torchtune", tmp_path)
    assert sorted(row["tokens_text"] for row in found["sft"]) == WHOLE
    for row in found["sft"]:
        assert row["labels_text"] == "<|im_start|>assistant\n" + row["tokens_text"].split("assistant\n")[1]
    for at, row in enumerate(found["preference"]):
        for side, text in (("chosen", "right"), ("rejected", "wrong")):
            assert row[f"{side}_input_ids_text"] == chat(at, text)
            assert row[f"{side}_labels_text"] == f"<|im_start|>assistant\n{text} {at}<|im_end|>\n"


@pytest.mark.parametrize("model", ["Qwen/Qwen2.5-0.5B-Instruct", "meta-llama/Llama-3.2-3B-Instruct"])
def test_torchtune_finds_configurations_of_models_it_knows_well_formed(tmp_path: Path, model: str) -> None:
    python, trainer = environment("torchtune"), TRAINERS["torchtune"]
    (tmp_path / "run").mkdir()
    export_build(write_build(tmp_path / "run", datasets()), trainer, tmp_path / "export", model)
    for kind in trainer.kinds:
        config = tmp_path / f"export/{kind}.yaml"
        assert "???" not in config.read_text()
        assert "Config is well-formed!" in run(python.with_name("tune"), "validate", config, cwd=tmp_path)
