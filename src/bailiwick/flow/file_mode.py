"""What must hold for a file with a secret in it: nobody but its owner may read or write it."""

import stat


def trouble(path: str, mode: int) -> str | None:
    """Why a secret in `path`, whose `st_mode` is `mode`, may already have been read by others; or None."""
    if not stat.S_ISREG(mode):
        return f"`{path}` is not a plain file; a secret is read from a plain file only"
    if mode & 0o077:
        return (
            f"`{path}` can be read or written by others (mode {stat.S_IMODE(mode):04o}); "
            f"run `chmod 600 {path}`, and replace the secret if others use this machine"
        )
    return None
