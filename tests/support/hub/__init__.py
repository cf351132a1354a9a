"""A Hub of ours in memory, that the real `huggingface_hub` and `datasets` talk to."""
