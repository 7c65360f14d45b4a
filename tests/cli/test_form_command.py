"""The forms of documents are printed without a server."""

import json
import subprocess
import sys

import pytest

from bailiwick.core.catalogue_schema import catalogue_schema
from bailiwick.core.charter_schema import charter_schema


@pytest.mark.parametrize("name, schema", [("charter", charter_schema()), ("catalogue", catalogue_schema())])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_form_is_printed_for_an_editor(name, schema, more):
    done = subprocess.run(
        [sys.executable, "-m", "bailiwick", name, "schema", *more], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == schema
    assert done.stderr == ""
