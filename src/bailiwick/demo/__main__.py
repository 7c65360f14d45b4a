"""`python -m bailiwick.demo`: the demo without the command line around it."""

import argparse
import sys
from pathlib import Path

from bailiwick.demo.run import DemoOptions, run_demo


def main(arguments: list[str]) -> int:
    """Read the options and play."""
    parser = argparse.ArgumentParser(prog="python -m bailiwick.demo", description=run_demo.__doc__)
    parser.add_argument("--once", action="store_true", help="play the story once and exit")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the rows as JSON")
    parser.add_argument("--data", type=Path, help="folder for everything the demo writes; it is made anew")
    parser.add_argument("--port", type=int, default=0, help="port of the console and the API; 0 takes a free one")
    parser.add_argument("--flip", default="", metavar="ROW", help=argparse.SUPPRESS)
    return run_demo(DemoOptions(**vars(parser.parse_args(arguments))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
