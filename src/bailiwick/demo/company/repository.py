"""The company's git repository: a website and its runbook, a few commits old."""

import os
import subprocess
from pathlib import Path

COMMITS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Start the website", {"index.html": "<h1>Acme</h1>\n", "README.md": "# acme.example\n"}),
    ("Announce the spring catalogue", {"spring.html": "<h1>Spring catalogue</h1>\n"}),
    (
        "Write down how to restart the shop",
        {"runbook.md": "1. Drain.\n2. Restart.\n3. Watch for ten minutes.\n"},
    ),
    ("Correct the price of the spade", {"spring.html": "<h1>Spring catalogue</h1>\n<p>Spade: 59 EUR</p>\n"}),
)

IDENTITY = {
    "GIT_AUTHOR_NAME": "Acme Web",
    "GIT_AUTHOR_EMAIL": "web@acme.example",
    "GIT_COMMITTER_NAME": "Acme Web",
    "GIT_COMMITTER_EMAIL": "web@acme.example",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def create(folder: Path) -> None:
    """Makes the repository with its commits, the same ids everywhere; leaves one that exists alone."""
    if (folder / ".git").exists():
        return
    folder.mkdir(parents=True)
    _git(folder, 0, "init", "--quiet", "--initial-branch=main")
    for day, (message, files) in enumerate(COMMITS, 1):
        for name, text in files.items():
            (folder / name).write_text(text)
        _git(folder, day, "add", "--all")
        _git(folder, day, "commit", "--quiet", "--message", message)


def _git(folder: Path, day: int, *arguments: str) -> None:
    when = f"2026-10-{day + 1:02}T09:00:00+00:00"
    environment = {**os.environ, **IDENTITY, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    subprocess.run(("git", "-C", str(folder), *arguments), env=environment, check=True, timeout=30)
