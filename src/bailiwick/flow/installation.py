"""The wired installation: what the gate, the API and the console work with. Only `build` makes one."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bailiwick.flow.act import Acts
from bailiwick.flow.anchoring import Anchoring
from bailiwick.flow.guessing import Guessing
from bailiwick.flow.news import Hearing
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.posting_index import PostingIndex
from bailiwick.flow.presence import Presence
from bailiwick.flow.stop import Stops
from bailiwick.flow.token import TokenIssuer, TokenVerifier
from bailiwick.flow.watch import Watch
from bailiwick.flow.whatif_run import WhatIfs
from bailiwick.flow.writing import WriteTrouble
from bailiwick.ports.clock import Clock
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Store
from bailiwick.ports.upstream import Upstreams
from bailiwick.ports.vault import SecretKeeper


@dataclass(frozen=True, slots=True)
class Installation:
    """One running installation. `public_url` has no trailing slash; agents' tokens are for `<public_url>/mcp`.

    `sign_text` makes a signed note of a text, under the log's key; `signing_trouble` says why checkpoints are late,
    `unwritable` why nothing can be recorded just now.
    """

    public_url: str
    version: str
    log_key: str
    store: Store
    reader: Reader
    policies: PolicySource
    acting: Acts
    guessing: Guessing
    stops: Stops
    hearing: Hearing
    presence: Presence
    watch: Watch
    upstreams: Upstreams
    vault: SecretKeeper
    issuer: TokenIssuer
    verifier: TokenVerifier
    clock: Clock
    new_id: Callable[[str], str]
    random_bytes: Callable[[int], bytes]
    index: PostingIndex
    anchoring: Anchoring
    keys: PayloadKeys
    sign_text: Callable[[str], bytes]
    signing_trouble: Callable[[], str] = str
    unwritable: Callable[[], WriteTrouble | None] = lambda: None
    whatifs: WhatIfs = field(default_factory=WhatIfs)
