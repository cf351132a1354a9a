"""Who belongs to a pool: its members in the recipe, and those in a file or from a command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from winnow.steps.engine.pool import AnyMember, PoolConfig
from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import canonical

_MEMBERS: TypeAdapter[list[AnyMember]] = TypeAdapter(list[AnyMember])
_COMMAND_SECONDS = 60.0


def members_of(config: PoolConfig) -> dict[str, AnyMember]:
    """The members that are declared now, by what their declaration says.

    Raises:
        MissingError: the file or the command is not there, or the command failed.
        UsageError: what it says is no list of members.
    """
    found = list(config.members)
    if config.members_file is not None:
        path = Path(config.members_file).expanduser()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise MissingError(f"members_file {path}: {getattr(error, 'strerror', None) or error}") from None
        found += _parsed(text, f"members_file {path}")
    if config.members_command is not None:
        found += _parsed(_told(config.members_command), f"members_command {config.members_command[0]}")
    return {canonical(one.model_dump(mode="json")): one for one in found}


def _told(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_COMMAND_SECONDS, check=False
        )
    except OSError as error:
        raise MissingError(f"members_command {command[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise MissingError(f"members_command {command[0]} took over {_COMMAND_SECONDS:.0f} s") from None
    if done.returncode:
        raise MissingError(f"members_command {command[0]} ended with {done.returncode}: {plain(done.stderr)}")
    return done.stdout


def _parsed(text: str, where: str) -> list[AnyMember]:
    try:
        return _MEMBERS.validate_python(yaml.safe_load(text) or [])
    except yaml.YAMLError:
        raise UsageError(f"{where}: expected a YAML list of engines, found what is no YAML") from None
    except ValidationError as invalid:
        first = invalid.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where}: {place or 'the list'}: {first['msg']}") from None
