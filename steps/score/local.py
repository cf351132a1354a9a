"""Reward models in this process, by transformers. Code that comes with a model is never run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from winnow.steps.engine.dialect import plain_text
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Candidate, Problem
from winnow.steps.score.families import Encoded, Family, Markup, Piece, encode, turns
from winnow.steps.score.models import TransformersConfig
from winnow.steps.score.pooling import answer_in
from winnow.steps.score.vocabulary import BadSteps, Vocabulary
from winnow.steps.scoring import Reward
from winnow.steps.select.reasoning import reasoning_steps

_PLACE = re.compile("\ue000(\\d+)\ue001")  # stands for a message's content while its template is filled in


class Local:
    """A model that is loaded at the start, and scores in a thread, one batch at a time."""

    def __init__(self, config: TransformersConfig) -> None:
        self._config = config
        self.model: Any = None
        self.torch: Any = None
        self._template: Any = None
        self._vocabulary: Vocabulary | None = None
        self._layers: list[tuple[Any, Any]] = []  # the head's
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        await asyncio.to_thread(self._load)

    async def close(self) -> None:
        self.model = None

    def _load(self) -> None:
        try:
            import torch
            import transformers
        except ImportError:
            raise MissingError("transformers is not installed: pip install 'winnow-data[rm]'") from None
        config = self._config
        told = {"revision": config.revision} if config.revision else {}
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(config.model, use_fast=True, **told)
            self._vocabulary = Vocabulary(tokenizer.backend_tokenizer.to_str())
            transformers.logging.set_verbosity_error()  # its reports are of weights; ours is below
            transformers.logging.disable_progress_bar()
            self.model = _whole(self._kind(transformers), config.model, getattr(torch, config.dtype), told)
            self._template = tokenizer
            self._add(getattr(torch, config.dtype))
        except (OSError, ValueError, KeyError, AttributeError) as broken:
            raise MissingError(f"the reward model {config.model!r} cannot be loaded: {broken}") from broken
        self.torch = torch
        self.model.to(config.device).eval()
        self._try()

    def _try(self) -> None:
        """See that completions can be shown at all.

        Raises:
            UsageError: they cannot.
        """

    def see_head(self) -> None:
        """See that the logits of a model of words are what its head says: some are scaled or capped besides.

        Raises:
            UsageError: they are not.
        """
        ids = self.torch.tensor([self.vocabulary.text("1 + 1 = 2")], device=self._config.device)
        with self.torch.inference_mode():
            head = self.model.get_output_embeddings()
            ours = head(self.model.base_model(input_ids=ids).last_hidden_state).float()
            theirs = self.model(input_ids=ids).logits.float()
        if not self.torch.allclose(ours, theirs, rtol=1e-3, atol=1e-3):
            raise UsageError(
                f"the model {self._config.model!r} scales or caps its logits, which in this process nobody "
                "does: use an engine of type vllm or endpoint, or another model"
            )

    def _kind(self, transformers: Any) -> Any:
        """The class of models that is loaded."""
        raise NotImplementedError

    def _add(self, dtype: Any) -> None:
        """Load what the class leaves out."""

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            raise RuntimeError("the scorer is not started")
        return self._vocabulary

    def rendered(
        self, roles: Sequence[str], contents: Sequence[Piece], *, answering: bool = False
    ) -> list[Piece]:
        """A conversation by the model's own template: its markup, and the contents; `answering` ends it where
        an answer begins."""
        placed = [{"role": role, "content": f"\ue000{at}\ue001"} for at, role in enumerate(roles)]
        parts = _PLACE.split(
            self._template.apply_chat_template(placed, tokenize=False, add_generation_prompt=answering)
        )
        return [contents[int(part)] if at % 2 else Markup(part) for at, part in enumerate(parts) if part]

    async def scored(
        self, count: int, shown: Callable[[int], Encoded], read: Callable[[list[Encoded]], list[Reward]]
    ) -> list[Reward]:
        """A reward for each of so many completions; those that cannot be shown have none."""
        async with self._turn:
            return await asyncio.to_thread(self._in_batches, count, shown, read)

    def _in_batches(
        self, count: int, shown: Callable[[int], Encoded], read: Callable[[list[Encoded]], list[Reward]]
    ) -> list[Reward]:
        rewards: dict[int, Reward] = {}
        fit: list[tuple[int, Encoded]] = []
        for at in range(count):
            try:
                one = shown(at)
            except BadSteps as wrong:
                rewards[at] = Reward(reason=str(wrong))  # as it would be next time
                continue
            if len(one.ids) > self._config.context:
                why = f"{len(one.ids)} tokens, of which the model reads {self._config.context}"
                rewards[at] = Reward(reason=f"too long: {why}")
            else:
                fit.append((at, one))
        fit.sort(key=lambda pair: len(pair[1].ids))
        for start in range(0, len(fit), self._config.batch):
            batch = fit[start : start + self._config.batch]
            try:
                found = read([one for _, one in batch])
            except RuntimeError as broken:  # out of memory, most of all
                found = [Reward.error(f"the model broke: {str(broken).splitlines()[0]}")] * len(batch)
            rewards.update(zip((at for at, _ in batch), found, strict=True))
        return [rewards[at] for at in range(count)]

    def _labels(self, hidden: Any) -> Any:
        """What the head says of these places."""
        for number, (weight, bias) in enumerate(self._layers):
            hidden = self.torch.nn.functional.linear(hidden if not number else hidden.relu(), weight, bias)
        return hidden.float()

    def padded(self, batch: list[Encoded]) -> dict[str, Any]:
        """Ids and mask, padded on the right, so that no place moves."""
        most = max(len(one.ids) for one in batch)
        ids = [one.ids + [0] * (most - len(one.ids)) for one in batch]
        mask = [[1] * len(one.ids) + [0] * (most - len(one.ids)) for one in batch]
        tensor = {"device": self._config.device, "dtype": self.torch.long}
        return {
            "input_ids": self.torch.tensor(ids, **tensor),
            "attention_mask": self.torch.tensor(mask, **tensor),
        }


class LocalOrm(Local):
    """The scorer behind `orm` in process: a head of one label or two, read at the last token."""

    def __init__(self, config: TransformersConfig, raw: bool) -> None:
        super().__init__(config)
        self._raw = raw

    def _kind(self, transformers: Any) -> Any:
        return transformers.AutoModel

    def _add(self, dtype: Any) -> None:
        self._layers = _head(self._config, "score", (1, 2), dtype)

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        def shown(at: int) -> Encoded:
            said = [*problem.prompt, {"role": "assistant", "content": answer_in(candidates[at].text)}]
            contents = [one["content"].strip() for one in said]
            ids = encode(self.vocabulary, self.rendered([one["role"] for one in said], contents)).ids
            return Encoded(ids, [len(ids) - 1])

        return await self.scored(len(candidates), shown, self._read)

    def _read(self, batch: list[Encoded]) -> list[Reward]:
        with self.torch.inference_mode():
            hidden = self.model(**self.padded(batch)).last_hidden_state
            # A model's own forward looks for its padding token, which may be the end of the text.
            last = self.torch.stack([hidden[at, one.places[0]] for at, one in enumerate(batch)])
            labels = self._labels(last)
        if labels.shape[-1] == 2:
            values = labels.softmax(-1)[:, 1]
        else:
            values = labels[:, 0] if self._raw else labels[:, 0].sigmoid()
        return [Reward(value) for value in values.tolist()]


class LocalPrm(Local):
    """The scorer behind `prm` in process: a model with labels at each step, or one that says a word there."""

    def __init__(self, config: TransformersConfig, family: Family | None) -> None:
        super().__init__(config)
        self._family = family

    @property
    def _says_words(self) -> bool:
        return self._family is None or self._family.good is not None

    def _kind(self, transformers: Any) -> Any:
        return transformers.AutoModelForCausalLM if self._says_words else transformers.AutoModel

    def _add(self, dtype: Any) -> None:
        if self._family is not None and not self._says_words:
            labels = (1,) if self._family.lines else (2,)
            self._layers = _head(self._config, self._family.head, labels, dtype)
            if self._family.lines and self._template.bos_token:
                self._family = replace(self._family, begin=self._template.bos_token)

    def _try(self) -> None:
        try:
            self._shown("task", ["step"])
            if self._says_words:
                self._words()
                self.see_head()
        except BadSteps as wrong:
            raise UsageError(
                f"the reward model {self._config.model!r} is of another family: {wrong}"
            ) from None

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        task = plain_text(problem.prompt)
        steps = [reasoning_steps(answer_in(one.text)) for one in candidates]

        def shown(at: int) -> Encoded:
            if not steps[at]:
                return Encoded([], [])
            found = self._shown(task, steps[at])
            if len(found.places) != len(steps[at]):
                raise BadSteps(f"{len(steps[at])} steps have {len(found.places)} places: a step was lost")
            return found

        return await self.scored(len(candidates), shown, self._read)

    def _shown(self, task: str, steps: Sequence[str]) -> Encoded:
        if self._family is not None:
            return self._family.encode(self.vocabulary, task, steps)
        roles, contents = turns(task, steps)
        return encode(self.vocabulary, self.rendered(roles, contents))

    def _read(self, batch: list[Encoded]) -> list[Reward]:
        known = [one for one in batch if one.places]
        scores = iter(self._scores(known) if known else [])
        return [Reward(steps=tuple(next(scores)) if one.places else ()) for one in batch]

    def _scores(self, batch: list[Encoded]) -> list[list[float]]:
        torch = self.torch
        with torch.inference_mode():
            body = self.model if self._layers else self.model.base_model
            hidden = body(**self.padded(batch)).last_hidden_state
            at = torch.cat([hidden[row, one.places] for row, one in enumerate(batch)])
            good = self._good(self._labels(at)) if self._layers else self._by_words(at)
        return [part.tolist() for part in good.split([len(one.places) for one in batch])]

    def _good(self, labels: Any) -> Any:
        return labels.softmax(-1)[:, 1] if labels.shape[-1] == 2 else labels[:, 0].sigmoid()

    def _by_words(self, hidden: Any) -> Any:
        return self.model.get_output_embeddings()(hidden)[:, self._words()].float().softmax(-1)[:, 0]

    def _words(self) -> list[int]:
        good, bad = (self._family.good, self._family.bad) if self._family else ("+", "-")
        return [self.vocabulary.word(word or "") for word in (good, bad)]


def _whole(kind: Any, name: str, dtype: Any, told: dict[str, Any]) -> Any:
    """A model all of whose weights are in its checkpoint: what is not there would be made up by chance.

    Raises:
        ValueError: some are not.
    """
    model, loaded = kind.from_pretrained(
        name, dtype=dtype, trust_remote_code=False, output_loading_info=True, **told
    )
    if lacking := sorted(loaded["missing_keys"]):
        raise ValueError(f"its checkpoint has no {', '.join(lacking[:3])}: it is a model of another kind")
    return model


def _head(
    config: TransformersConfig, called: str, labels: Collection[int], dtype: Any
) -> list[tuple[Any, Any]]:
    """The layers of a checkpoint's head, each with its weight and its bias, or None: one, or two with ReLU
    between them, as Qwen's have. Read by name, so that models whose class comes as code load without that.

    Raises:
        ValueError: there is none, or it has not so many labels.
    """
    from safetensors import safe_open

    folder = Path(config.model).expanduser()
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        folder = Path(
            snapshot_download(config.model, revision=config.revision, allow_patterns="*.safetensors")
        )
    found: dict[str, Any] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as tensors:
            names = [name for name in tensors.keys() if name.startswith(f"{called}.")]  # noqa: SIM118 - no mapping
            found.update({name: tensors.get_tensor(name).to(config.device, dtype) for name in names})
    weights = sorted(name for name in found if name.endswith("weight"))
    layers = [(found[name], found.get(name.replace("weight", "bias"))) for name in weights]
    if not layers or layers[-1][0].shape[0] not in labels:
        told = " or ".join(map(str, labels))
        has = f"a head `{called}` with {layers[-1][0].shape[0]}" if layers else f"no head `{called}`"
        raise ValueError(f"its checkpoint (*.safetensors) has {has}, expected one with {told} labels")
    return layers
