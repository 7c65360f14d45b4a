"""Runs one server of the company by itself: `python -m bailiwick.demo.company crm`.

The settings come from the environment; `premises.serve` names them.
"""

import os
import sys

from bailiwick.demo.company.roster import run

if __name__ == "__main__":
    run(sys.argv[1], os.environ, lambda port: print(f"{sys.argv[1]} answers on port {port}", flush=True))
