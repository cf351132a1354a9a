"""`as_reward`: a verifier as a reward function of TRL's form."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers import SpecError, as_reward
from winnow.verifiers.bridge.trl import Reward


@pytest.fixture
def number() -> Iterator[Reward]:
    found = as_reward("number", workers=1)
    yield found
    found.close()


def test_rewards_are_scores_and_none_where_nothing_is_known(number: Reward) -> None:
    rewards = number(
        prompts=["a", "b", "c"],
        completions=["It is 4.", "5", "6"],
        completion_ids=[[1], [2], [3]],
        answer=["4", "4", "many"],
        trainer_state=object(),
    )
    assert rewards == [1.0, 0.0, None]
    assert number.__name__ == "number"
    verdicts = number.verdicts(["5"], answer=["4"])
    assert (verdicts[0].reason, verdicts[0].extracted) == ("5 is not 4", "5")


@pytest.mark.parametrize(
    "completion",
    [
        [{"role": "assistant", "content": "It is 4."}],
        [
            {"role": "assistant", "content": "Wait: 5"},
            {"role": "user", "content": "7?"},
            {"role": "assistant", "content": "4"},
        ],
        [{"role": "assistant", "content": [{"type": "text", "text": "It is 4."}]}],
        [{"content": "4"}],
    ],
)
def test_chat_completions(number: Reward, completion: Any) -> None:
    assert number(completions=[completion], answer=["4"]) == [1.0]
    assert number(completions=[[{"role": "assistant", "content": None}], []], answer=["4", "4"]) == [0.0, 0.0]


def test_parameters_and_mistakes() -> None:
    near = as_reward("number", tolerance=1, workers=1)
    assert near(completions=["5"], answer=["4"]) == [1.0]
    near.close()
    with pytest.raises(SpecError, match="did you mean 'number'"):
        as_reward("nmber")
    with pytest.raises(SpecError, match="did you mean 'tolerance'"):
        as_reward("number", tolerence=1)


def test_it_goes_on_after_close_and_travels_by_pickle(number: Reward) -> None:
    assert number(completions=["4"], answer=["4"]) == [1.0]
    number.close()
    number.close()
    assert number(completions=["4"], answer=["4"]) == [1.0]
    other = pickle.loads(pickle.dumps(number))
    assert other(completions=["4"], answer=["5"]) == [0.0]
    other.close()


def test_a_forked_process_has_workers_of_its_own(number: Reward) -> None:
    assert number(completions=["4"], answer=["4"]) == [1.0]

    def ask(pipe: Any) -> None:
        pipe.send(number(completions=["4", "5"], answer=["4", "4"]))
        number.close()
        os._exit(0)

    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=ask, args=(theirs,))
    child.start()
    assert ours.poll(60)
    assert ours.recv() == [1.0, 0.0]
    child.join(60)
    assert number(completions=["5"], answer=["4"]) == [0.0]


def test_workers_end_with_the_process(tmp_path: Path) -> None:
    code = (
        "from winnow.verifiers import as_reward\n"
        "import os, pathlib, subprocess\n"
        "r = as_reward('number', workers=1)\n"
        "assert r(completions=['4'], answer=['4']) == [1.0]\n"
        "found = subprocess.run(['pgrep', '-P', str(os.getpid())], capture_output=True, text=True).stdout\n"
        "print(found.split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    pid = int(done.stdout)
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    pytest.fail(f"worker {pid} lives on")
