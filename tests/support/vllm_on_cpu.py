"""How vLLM wants to be on processors, for the test and the benchmark of it."""

# Eager (compiling takes minutes), whole prefills (a seed cannot go on in the middle of one), small blocks (a
# short prompt fills no block of 128, so its prefix is never found again).
ARGUMENTS = [
    "--enforce-eager",
    "--no-enable-chunked-prefill",
    "--max-num-batched-tokens=2048",
    "--block-size=32",
]
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "2",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "HF_HUB_OFFLINE": "1",
}
