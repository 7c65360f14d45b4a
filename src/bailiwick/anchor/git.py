"""A git repository: each head a commit on a branch that others fetch; it is pushed, never forced.

Nothing of the server's own git configuration, hooks or credentials takes part.
"""

import asyncio
import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bailiwick.anchor.kept_note import hold_against
from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAway, AnchorProof, HeadTree, Place
from bailiwick.ports.reader import SignedHead

PATIENCE_S: Final = 20
FILE: Final = "checkpoint"
_BRANCH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(/[A-Za-z0-9][A-Za-z0-9_-]{0,99})*")
_URL: Final = re.compile(r"(https?|ssh|git|file)://[^\s@]+(@[^\s@]+)?|/[^\s]+")


class GitAnchorer:
    """Implements `ports.anchor.Anchorer`; `folder` has a bare repository of ours for every place."""

    def __init__(self, vkey: str, folder: Path) -> None:
        self._vkey, self._folder = vkey, folder

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        if not {"url"} <= settings.keys() <= {"url", "branch"}:
            raise Refusal("invalid", "a git place has the settings `url` and, if it is not main, `branch`")
        branch = settings.get("branch") or "main"
        if _URL.fullmatch(settings["url"]) is None or "://:" in settings["url"] or "\n" in settings["url"]:
            raise Refusal("invalid", f"`{settings['url']}` is no address of a repository; write https://… or /a/path")
        if _BRANCH.fullmatch(branch) is None:
            raise Refusal("invalid", f"`{branch}` is no name of a branch")
        return {"url": settings["url"], "branch": branch}

    async def anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        return await asyncio.to_thread(self._anchor, place, head, tree)

    def holds(self, settings: Mapping[str, str], note: bytes, proof: bytes) -> str:
        return commit_trouble(note, proof)

    def _anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        url, branch = place.settings["url"], place.settings["branch"]
        git = _Git(self._folder / f"{place.name}.git", place.secret)
        git.run("init", "--quiet", "--bare", str(git.folder))
        parent = ""
        if git.run("ls-remote", "--heads", url, f"refs/heads/{branch}").strip():
            git.run("fetch", "--quiet", "--no-tags", url, f"+refs/heads/{branch}:refs/heads/there")
            parent = git.run("rev-parse", "refs/heads/there").decode().strip()
            held = git.show(f"{parent}:{FILE}")
            if held == head.note:
                return AnchorProof(head.note, self._proof(git, parent))
            if held is not None:
                hold_against(held, self._vkey, head.size, tree)
        commit = self._commit(git, head, parent)
        git.run("push", "--quiet", url, f"{commit}:refs/heads/{branch}")
        return AnchorProof(head.note, self._proof(git, commit))

    def _commit(self, git: "_Git", head: SignedHead, parent: str) -> str:
        blob = git.run("hash-object", "-w", "--stdin", given=head.note).decode().strip()
        entries = f"100644 blob {blob}\t{FILE}\n"
        if parent:
            others = git.run("ls-tree", parent).decode("utf-8", "surrogateescape").splitlines()
            entries += "".join(f"{line}\n" for line in others if not line.endswith(f"\t{FILE}"))
        tree = git.run("mktree", given=entries.encode("utf-8", "surrogateescape")).decode().strip()
        message = f"The record at {head.size} entries\n\nroot {head.root.hex()}\n"
        ancestry = ("-p", parent) if parent else ()
        return git.run("commit-tree", tree, *ancestry, given=message.encode()).decode().strip()

    def _proof(self, git: "_Git", commit: str) -> bytes:
        """The commit's id and text, and the listing of its tree: its id can be computed from them again."""
        listing = git.run("ls-tree", "-z", commit)
        return f"commit {commit}\n".encode() + git.run("cat-file", "commit", commit) + b"\n" + listing


def commit_trouble(note: bytes, proof: bytes) -> str:
    """Why a commit that was kept is not one of this note, empty when it is: ids are computed again (SHA-1)."""
    head, _, rest = proof.partition(b"\n")
    body, _, listing = rest.rpartition(b"\n")
    tree = b""
    for entry in listing.split(b"\0")[:-1]:
        about, _, name = entry.partition(b"\t")
        mode, _, named = about.partition(b" ")
        tree += mode.lstrip(b"0") + b" " + name + b"\0" + bytes.fromhex(named.rpartition(b" ")[2].decode())
    if head != b"commit " + _object_id(b"commit", body):
        return "the commit that was kept does not have the id that it is known by"
    if not body.startswith(b"tree " + _object_id(b"tree", tree) + b"\n"):
        return "the files that were kept are not those of the commit"
    if b"100644 blob " + _object_id(b"blob", note) + b"\t" + FILE.encode() + b"\0" not in listing:
        return "the commit that was kept is of another checkpoint"
    return ""


def _object_id(kind: bytes, data: bytes) -> bytes:
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data, usedforsecurity=False).hexdigest().encode()


class _Git:
    """The git program on one bare repository, in an environment of its own; raises AnchorAway."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        who = {"NAME": "Bailiwick", "EMAIL": "record@bailiwick.localhost"}
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "GIT_DIR": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
            **{f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in who.items()},
        }
        if "SSH_AUTH_SOCK" in os.environ:
            self._environment["SSH_AUTH_SOCK"] = os.environ["SSH_AUTH_SOCK"]
        if secret:  # by the environment: arguments are seen by everybody on the machine
            header = {"COUNT": "1", "KEY_0": "http.extraHeader", "VALUE_0": f"Authorization: Bearer {secret}"}
            self._environment |= {f"GIT_CONFIG_{name}": value for name, value in header.items()}

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What the command prints."""
        done = self._done(arguments, given)
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {done.returncode}"]
            told = next((line for line in lines if line.startswith(("fatal:", "error:", " ! "))), lines[-1])
            raise AnchorAway(f"`git {arguments[0]}` fails: {told.strip()[:300]}")
        return done.stdout

    def show(self, name: str) -> bytes | None:
        """A file of a commit, None when it has none."""
        done = self._done(("cat-file", "blob", name), b"")
        return done.stdout if done.returncode == 0 else None

    def _done(self, arguments: tuple[str, ...], given: bytes) -> "subprocess.CompletedProcess[bytes]":
        command = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
        try:
            return subprocess.run(  # noqa: S603  # our own words, an address and a branch that were checked
                command, input=given, capture_output=True, timeout=PATIENCE_S, env=self._environment, check=False
            )
        except FileNotFoundError:
            raise AnchorAway("there is no `git` on this machine; install it") from None
        except subprocess.TimeoutExpired:
            raise AnchorAway(f"`git {arguments[0]}` takes longer than {PATIENCE_S} s") from None
