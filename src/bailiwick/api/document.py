"""Documents that decisions rely on, by what they say: charters, and catalogues with their tool definitions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from bailiwick.api.access import Here, Reading
from bailiwick.api.fault import FINDS
from bailiwick.core.refusal import Refusal

router = APIRouter(tags=["record"])
DocumentDigest = Annotated[str, Path(max_length=100, description="`sha256:` and 64 hex digits")]


@router.get("/v1/documents/{digest}", summary="Read a document of the record", response_model=Any, responses=FINDS)
def read_document(digest: DocumentDigest, here: Here, _: Reading) -> Any:
    """The exact canonical JSON that the digest names; a catalogue's can be tested against without a server."""
    body = here.reader.document(digest)
    if body is None:
        raise Refusal("unknown", f"no document `{digest}` is in the store")
    return Response(body, media_type="application/json")
