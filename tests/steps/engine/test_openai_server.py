"""The scripted server, as a process of its own, which the chaos tests count on."""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
from pathlib import Path

from support import openai_server
from support.openai_server import OpenAIServer

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


async def test_it_answers_no_more_than_so_many_until_it_is_told(connect, problem):
    with OpenAIServer() as server:
        client = await connect(server, max_n=1)
        server.most, probes = 2, len(server.seen)
        asked = [asyncio.create_task(client.sample(problem, Parameters(), at, 1)) for at in range(5)]
        while len(server.seen) < probes + 5 or sum(one.done() for one in asked) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert sum(one.done() for one in asked) == len(server.sampled) == 2
        server.most = math.inf
        assert all(len(choices) == 1 for choices in await asyncio.gather(*asked))
