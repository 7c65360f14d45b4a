"""Hold a pool with one stdio child, print the child's process id, and wait to be killed."""

import asyncio
import sys
from pathlib import Path

from bailiwick.ports.upstream import Target
from bailiwick.upstream.pool import Pool


class Empty:
    def secret(self, connector: str) -> dict[str, str]:
        return {}


async def main() -> None:
    command = (sys.executable, str(Path(__file__).with_name("raw_child.py")))
    pool = Pool(lambda name: Target(name, "stdio", command=command), Empty())
    reply = await pool.call("x", "run-1", "raw", b"{}", {}, 30)
    sys.stdout.write(f"{reply.result['pid']}\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


asyncio.run(main())
