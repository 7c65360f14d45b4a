"""A legacy stdio server by hand, standard library only, that misbehaves on demand: `raw_child.py [mute-discover]`."""

import json
import os
import subprocess
import sys
import time
from typing import Any


def say(message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(rpc_id: Any, **result: Any) -> None:
    say({"jsonrpc": "2.0", "id": rpc_id, "result": result})


def call(line: str, message: Any) -> None:
    rpc_id, name = message["id"], message["params"]["name"]
    if name == "raw":
        answer(rpc_id, line=line, pid=os.getpid())
    elif name == "ask":
        for method in ("sampling/createMessage", "elicitation/create", "roots/list", "ping"):
            say({"jsonrpc": "2.0", "id": f"s-{method}", "method": method, "params": {}})
        answers = [json.loads(sys.stdin.readline()) for _ in range(4)]
        answer(rpc_id, answers=answers)
    elif name == "noise":
        sys.stdout.write("this is not JSON\n[1]\n\n")
        sys.stderr.write("n" * 300_000)  # without an end of line, more than a pipe holds
        sys.stderr.flush()
        answer(rpc_id, done=True)
    elif name == "huge":
        sys.stdout.write("x" * 50_000_000 + "\n")
        sys.stdout.flush()
    elif name == "die":
        os._exit(3)
    elif name == "progress":
        token = message["params"]["_meta"].get("progressToken")
        for n in (1, 2):
            params = {"progressToken": token, "progress": n}
            say({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})
        answer(rpc_id, token=token)
    elif name == "grandchild":
        process = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        answer(rpc_id, pid=process.pid, own=os.getpid())
    elif name == "hang":
        cancelled = json.loads(sys.stdin.readline())
        answer("late", **cancelled)


def main() -> None:
    if "slow" in sys.argv:
        time.sleep(0.5)
    for line in sys.stdin:
        message = json.loads(line)
        method = message.get("method")
        if method == "initialize":
            answer(message["id"], protocolVersion="2025-06-18", capabilities={}, serverInfo={"name": "raw"})
        elif method == "tools/call":
            call(line, message)
        elif "id" in message and method is not None:
            error = {"code": -32602, "message": "before initialization"}
            say({"jsonrpc": "2.0", "id": message["id"], "error": error})


main()
