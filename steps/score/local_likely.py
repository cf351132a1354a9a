"""How likely tokens are to a model in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from winnow.steps.records import Message
from winnow.steps.score.families import Encoded, encode
from winnow.steps.score.local import Local
from winnow.steps.scoring import Reward


class LocalLikely(Local):
    """A model that is asked in batches; what a conversation says is text, also where it names a token."""

    def _kind(self, transformers: Any) -> Any:
        return transformers.AutoModelForCausalLM

    def _try(self) -> None:
        self.see_head()

    async def chat(self, messages: Sequence[Message], *, answering: bool) -> list[int]:
        roles, contents = ([one[key] for one in messages] for key in ("role", "content"))
        return encode(self.vocabulary, self.rendered(roles, contents, answering=answering)).ids

    async def logprobs(self, shown: Sequence[Encoded]) -> Sequence[Reward]:
        return await self.scored(len(shown), lambda at: shown[at], self._read)

    def _read(self, batch: list[Encoded]) -> list[Reward]:
        torch, found = self.torch, []
        with torch.inference_mode():
            hidden = self.model.base_model(**self.padded(batch)).last_hidden_state
            for row, one in enumerate(batch):  # a row at a time: a vocabulary is wide
                before = [place - 1 for place in one.places]  # where a token is foretold
                told = self.model.get_output_embeddings()(hidden[row, before]).float().log_softmax(-1)
                tokens = torch.tensor([one.ids[place] for place in one.places], device=told.device)
                values = told.gather(-1, tokens.long()[:, None])[:, 0]
                found.append(Reward(steps=tuple(values.tolist())))
        return found
