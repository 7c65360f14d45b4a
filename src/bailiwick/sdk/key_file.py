"""An agent's private key, read from its file."""

import os
from pathlib import Path

from bailiwick.flow.es256 import KeyRefusedError, SigningKey
from bailiwick.flow.file_mode import trouble
from bailiwick.sdk.door import AgentError


def load_key(path: Path) -> SigningKey:
    """The ES256 key in a PEM file that only its owner can read."""
    try:
        with path.open("rb") as file:
            found = trouble(str(path), os.fstat(file.fileno()).st_mode)
            if found is not None:
                raise AgentError(found)
            return SigningKey.from_pem(file.read(65_536))
    except OSError as error:
        raise AgentError(f"cannot read the key file `{path}`: {(error.strerror or 'error').lower()}") from None
    except KeyRefusedError as error:
        raise AgentError(f"the key file `{path}` cannot be used: {error}") from None
