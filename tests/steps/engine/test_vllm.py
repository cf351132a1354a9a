"""The life of a `vllm serve` of ours. Here a script stands for vLLM, so that its ends can be tried often;
tests/heavy/test_vllm.py has the real one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.children import gone
from support.waiting import wait_until

from winnow.steps.engine.keeper import end_orphan
from winnow.steps.engine.protocol import EngineUnreachable, Parameters
from winnow.steps.engine.vllm import VllmConfig
from winnow.steps.errors import MissingError
from winnow.verifiers.parent import began

TESTS = Path(__file__).parents[2]
SCRIPT = f"""#!{sys.executable}
import json, os, subprocess, sys
told = dict(one[2:].split("=", 1) for one in sys.argv if one.startswith("--") and "=" in one)
worker = subprocess.Popen(["sleep", "600"])  # as vLLM has workers
with open(os.environ["TOLD"], "w") as file:
    told_of_us = {{"argv": sys.argv[1:], "pid": os.getpid(), "worker": worker.pid}}
    json.dump({{**told_of_us, "key": os.environ["VLLM_API_KEY"]}}, file)
print("loading the model", file=sys.stderr)
if "--broken" in sys.argv:
    sys.exit("no such device")
sys.argv = ["server", "--port", told["port"], "--api-key=" + os.environ["VLLM_API_KEY"]]
sys.path.insert(0, {str(TESTS)!r})
from support.openai_server import main
main()
"""


@pytest.fixture
def config(tmp_path: Path) -> VllmConfig:
    script = tmp_path / "vllm"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    env = {"TOLD": str(tmp_path / "told.json")}
    return VllmConfig(type="vllm", model="org/model", executable=str(script), env=env)


def told(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "told.json").read_text())


async def test_start_sample_close(config, problem, tmp_path):
    asked = {"revision": "abc", "context": 2048, "tensor_parallel": 2, "speculative": {"method": "ngram"}}
    engine = config.model_copy(update={**asked, "arguments": ["--enforce-eager"]}).engine(tmp_path / "logs")
    await engine.start()
    choices = await engine.sample(problem, Parameters(max_tokens=8), 0, 4)
    assert len(choices) == 4
    argv = told(tmp_path)["argv"]
    assert argv[:2] == ["serve", "org/model"]
    assert {"--host=127.0.0.1", "--revision=abc", "--max-model-len=2048", "--tensor-parallel-size=2"} < {
        *argv
    }
    assert {'--speculative-config={"method": "ngram"}', "--enable-prefix-caching", "--enforce-eager"} < {
        *argv
    }
    key = told(tmp_path)["key"]
    assert len(key) > 20
    assert key not in Path(f"/proc/{told(tmp_path)['pid']}/cmdline").read_text()
    await engine.close()
    assert gone({told(tmp_path)["pid"], told(tmp_path)["worker"]})
    assert not (tmp_path / "logs/vllm.pid").exists()
    log = (tmp_path / "logs/vllm.log").read_text()
    assert "loading the model" in log and key not in log


US = """
import asyncio, sys
from winnow.steps.engine.vllm import VllmConfig
async def main():
    engine = VllmConfig.model_validate_json(sys.argv[1]).engine(__import__("pathlib").Path(sys.argv[2]))
    await engine.start()
    print(engine.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def start_us(config: VllmConfig, logs: Path) -> tuple[subprocess.Popen[str], int]:
    """A process with the engine, and the process id of the keeper."""
    command = [sys.executable, "-c", US, config.model_dump_json(), str(logs)]
    us = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert us.stdout
    return us, int(us.stdout.readline())


def test_it_ends_when_we_are_killed(config, tmp_path):
    us, keeper = start_us(config, tmp_path / "logs")
    us.kill()
    us.wait()
    assert gone({keeper, told(tmp_path)["pid"], told(tmp_path)["worker"]})


@pytest.mark.parametrize("attempt", range(8))
def test_a_keeper_that_is_asked_many_times_ends(tmp_path, attempt):
    """As Linux asks it: once for each thread of the parent that is killed, a moment apart."""
    record = tmp_path / "record"
    command = [sys.executable, "-P", "-m", "winnow.steps.engine.keeper", str(record), "sleep", "600"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as keeper:
        wait_until(lambda: record.exists() and record.stat().st_size)
        for _ in range(2000):
            os.kill(keeper.pid, signal.SIGTERM)
        try:
            keeper.wait(60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(keeper.pid, signal.SIGKILL)


async def test_the_next_run_ends_what_was_left_behind(config, tmp_path):
    """Keeper and run are killed at once, and the server does not hear that its parent died."""
    deaf = Path(config.executable)
    deaf.write_text(
        SCRIPT.replace("import json,", "import ctypes; ctypes.CDLL(None).prctl(1, 0); import json,")
    )
    us, keeper = start_us(config, tmp_path / "logs")
    left = told(tmp_path)
    for pid in (keeper, us.pid):
        os.kill(pid, signal.SIGKILL)
    us.wait()
    time.sleep(0.5)
    assert began(left["pid"]) is not None
    engine = config.engine(tmp_path / "logs")
    await engine.start()
    assert gone({left["pid"], left["worker"]})
    assert told(tmp_path)["pid"] != left["pid"]
    await engine.close()


def test_another_process_with_the_number_is_left_alone(tmp_path):
    record = tmp_path / "vllm.pid"
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        record.write_text(json.dumps({"pid": other.pid, "group": other.pid, "began": "boot/1"}))
        assert not end_orphan(record)
        assert not record.exists()
        assert other.poll() is None
        record.write_text(json.dumps({"pid": other.pid, "group": other.pid, "began": began(other.pid)}))
        assert end_orphan(record)
        assert other.wait(60) == -signal.SIGTERM
    for broken in ("", "[]", '{"pid": 1}'):
        record.write_text(broken)
        assert not end_orphan(record)


async def test_one_that_does_not_come_up_is_told_with_its_log(config, tmp_path):
    engine = config.model_copy(update={"arguments": ["--broken"]}).engine(tmp_path / "logs")
    with pytest.raises(EngineUnreachable, match=r"vllm server ended with code 1.*no such device.*vllm\.log"):
        await engine.start()
    assert gone({told(tmp_path)["worker"]})


async def test_one_that_dies_is_told(config, problem, tmp_path):
    engine = config.engine(tmp_path / "logs")
    await engine.start()
    os.kill(told(tmp_path)["pid"], signal.SIGKILL)
    with pytest.raises(EngineUnreachable, match=r"vllm server ended with code 137"):
        await asyncio.wait_for(engine.sample(problem, Parameters(max_tokens=8), 0, 1), 60)
    await engine.close()


async def test_what_is_missing_is_named(config):
    with pytest.raises(MissingError, match="'nowhere' is not a command here: pip install vllm"):
        await config.model_copy(update={"executable": "nowhere"}).engine().start()


@pytest.mark.parametrize("argument", ["--host=0.0.0.0", "--api-key", "--api_key=x", "--port=1"])
def test_what_is_ours_cannot_be_set(argument):
    with pytest.raises(ValidationError, match="is set by winnow"):
        VllmConfig(type="vllm", model="m", arguments=[argument])


async def test_secrets_of_its_environment_are_named_and_not_held(config, problem, tmp_path, monkeypatch):
    with pytest.raises(ValidationError, match="a recipe holds no keys: export HF_TOKEN"):
        VllmConfig(type="vllm", model="m", env={"HF_TOKEN": "hf_secret"})
    monkeypatch.setenv("MINE", str(tmp_path / "elsewhere.json"))
    engine = config.model_copy(update={"env": {"TOLD": "${env:MINE}"}}).engine(tmp_path / "logs")
    await engine.start()
    await engine.close()
    assert (tmp_path / "elsewhere.json").exists()


def test_a_folder_is_known_by_its_files(tmp_path):
    def identity(**more):
        return VllmConfig(type="vllm", model=str(tmp_path), **more).engine().identity

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 2_000_000)
    first = identity()
    assert identity() == first == identity(tensor_parallel=4)
    assert identity(dtype="float16") != first
    (tmp_path / "config.json").write_text('{"a": 1}')
    assert identity() != first
