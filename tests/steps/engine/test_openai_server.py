"""The scripted server, as a process of its own, which the chaos tests count on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support import openai_server

from winnow.steps.engine.protocol import Parameters


async def test_it_answers_the_same_and_writes_down_what_it_answered(connect, problem, tmp_path):
    log = tmp_path / "requests.jsonl"
    texts = []
    for seed in ("1", "2"):
        command = [sys.executable, openai_server.__file__, "--port", "0", "--log", str(log), "--seed", seed]
        options = ["--faults", "0.4", "--latency", "0.005", "--spread", "0.5", "--pass-rate", "0.9"]
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
            try:
                client = await connect(server.stdout.readline().strip(), retries=50)
                choices = await client.sample(problem, Parameters(max_tokens=9), 0, 20)
            finally:
                server.kill()
        texts.append([choice.text for choice in choices])
    assert texts[0] == texts[1] and len(set(texts[0])) > 10
    assert 12 <= sum(text.endswith(" 7") for text in texts[0]) < 20
    rows = [json.loads(line) for line in Path(log).read_text().splitlines()]
    asked = [row["n"] for row in rows if row["max_tokens"] != 1]
    assert sorted(asked) == [4, 4, 16, 16] and all(row["status"] == 200 for row in rows)
