import subprocess
import sys

import pytest


@pytest.mark.timeout(300)
def test_the_api_keeps_its_own_document(checkout):
    """The short version of `python -m bench.schema`; in a process of its own, since its hooks are global."""
    command = [sys.executable, "-m", "bench.schema", "--quick", "--examples", "2"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith(" 0 failures")
