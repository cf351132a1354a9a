"""A pooling server of ours. Here a script stands for vLLM; tests/heavy/test_reward_models.py has the real
one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from support.children import gone
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.config import AnyScorer
from winnow.steps.score.stage import Score
from winnow.steps.stage import Context

# It gives a row for each token with the id that it was told to pool by, or one for the whole.
SCRIPT = f"""#!{sys.executable}
import http.server, json, os, sys
told = dict(one[2:].split("=", 1) for one in sys.argv if one.startswith("--") and "=" in one)
with open(os.environ["TOLD"], "a") as file:
    file.write(json.dumps({{"argv": sys.argv[1:], "pid": os.getpid()}}) + "\\n")
key, tag = os.environ["VLLM_API_KEY"], json.loads(told.get("pooler-config", "{{}}")).get("step_tag_id")

class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, status, value):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def do_GET(self):
        self.reply(200, {{"data": [{{"id": told["served-model-name"]}}]}})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != "Bearer " + key:
            self.reply(401, {{}})
        elif len(str(asked)) > 2000:
            self.reply(400, {{"error": {{"message": "This model's maximum context length is 8 tokens."}}}})
        else:
            rows = [[0.25, 0.75] for one in asked.get("input", []) if one == tag] or [[9.0], [0.0]]
            self.reply(200, {{"data": [{{"data": rows}}]}})

    def log_message(self, *told):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(told["port"])), Handler).serve_forever()
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a tokenizer of bytes."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({piece: at for at, piece in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.add_special_tokens(["<|im_start|>", "<|im_end|>", "<extra_0>"])
    (tmp_path / "model").mkdir()
    made.save(str(tmp_path / "model/tokenizer.json"))
    return tmp_path / "model"


def config_of(model: Path, *arguments: str, **told: Any) -> ScorerConfig:
    script = model.parent / "vllm"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    engine = {"type": "vllm", "model": str(model), "executable": str(script), "arguments": list(arguments)}
    engine["env"] = {"TOLD": str(model.parent / "told.jsonl")}
    found: ScorerConfig = TypeAdapter(AnyScorer).validate_python({**told, "engine": engine})
    return found


def starts(model: Path) -> list[dict[str, Any]]:
    file = model.parent / "told.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def group_of(*texts: str) -> Group:
    problem = Problem("p", ({"role": "user", "content": "2 + 2?"},))
    return Group(problem, [Candidate(str(at), at, Choice(text)) for at, text in enumerate(texts)])


async def test_a_server_that_pools_by_the_familys_token(model: Path, tmp_path: Path) -> None:
    config = config_of(model, "--enforce-eager", type="prm", family="qwen")
    scorer, group = config.scorer(tmp_path / "logs"), group_of("One.\n\nTwo.", "long " * 400)
    try:
        await scorer.start()
        found = await scorer.score(group.problem, group.candidates)
        (told,) = starts(model)
        assert found[0].steps == (0.75, 0.75)
        # What the model cannot read it could not read the next time either.
        assert "too long" in found[1].reason and not found[1].failed and found[1].value is None
        os.kill(told["pid"], signal.SIGKILL)
        (dead,) = await asyncio.wait_for(scorer.score(group.problem, group.candidates[:1]), 60)
        assert dead.failed and "vllm server ended with code 137" in dead.reason
    finally:
        await scorer.close()
    tag = Tokenizer.from_file(str(model / "tokenizer.json")).token_to_id("<extra_0>")
    steps = json.dumps({"task": "token_classify", "tok_pooling_type": "STEP", "step_tag_id": tag})
    assert {"--runner=pooling", f"--pooler-config={steps}", "--enforce-eager"} < set(told["argv"])
    assert gone({told["pid"]})
    assert [log.name for log in (tmp_path / "logs").glob("*/*")] == ["vllm.log"]


async def test_it_is_started_where_a_reward_is_owed(model: Path, tmp_path: Path) -> None:
    """A model with a label at each token gives the one at the last."""
    config, group = config_of(model, type="orm"), group_of("4", "5")
    for goes_on, wanted in ((True, 1), (True, 1), (False, 2)):
        stage = Score(config)
        try:
            await stage.open(Context(log_dir=tmp_path / "logs", goes_on=goes_on))
            assert len(starts(model)) == wanted - (not group.candidates[0].rewards)
            await stage.on_group(group)
        finally:
            await stage.close()
        assert len(starts(model)) == wanted and gone({one["pid"] for one in starts(model)})
    assert [one.rewards[config.fingerprint].value for one in group.candidates] == [0.5, 0.5]
    assert not any("pooler-config" in one for one in starts(model)[0]["argv"])


@pytest.mark.parametrize(
    ("arguments", "told", "why"),
    [
        (["--pooler_config.task=classify"], {"type": "prm", "family": "qwen"}, "goes by the family"),
        (["--runner=generate"], {"type": "orm"}, "--runner is set by winnow"),
        ([], {"type": "prm", "family": "skywork"}, "value head"),
        ([], {"type": "prm", "family": "rlhflow"}, "no pooling"),
    ],
)
def test_what_does_not_go_together(model: Path, arguments: list[str], told: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config_of(model, *arguments, **told)
