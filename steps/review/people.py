"""Who reviewed: by a hash that only the run's folder can make again, never by name or id."""

from __future__ import annotations

import secrets
from pathlib import Path

from winnow.steps.errors import MissingError
from winnow.steps.records import key_of

SALT = "reviews.salt"
"""The file of a run's folder with the salt; it leaves the run with no export."""


class People:
    """Hashes of people for one run, whose salt is made when it is first needed.

    Raises:
        MissingError: the folder cannot be written.
    """

    def __init__(self, run: Path) -> None:
        path = run / SALT
        try:
            if not path.exists():
                scratch = run / f".{SALT}.{secrets.token_hex(4)}"
                scratch.touch(mode=0o600)
                scratch.write_text(secrets.token_hex(32))
                try:
                    path.hardlink_to(scratch)  # whoever comes second takes the first one's
                except FileExistsError:
                    pass
                finally:
                    scratch.unlink()
            self._salt = path.read_text().strip()
        except OSError as broken:
            raise MissingError(f"{path} cannot be read or written: {broken.strerror}") from None

    def hashed(self, person: str) -> str:
        """The hash of a user's id."""
        return key_of("person", self._salt, person)
