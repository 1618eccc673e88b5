"""Runs the promises of this folder, each when it is told to.

`run.py --list` prints them as JSON. Otherwise: a JSON object a line on standard input, `{"id": n, "call": "run",
"args": {"promise": text, "where": {...}}}`, answered by `{"id": n, "result": {"skipped": reason | null}}` or
`{"id": n, "error": "..."}`. The call "unused" tells what of the SDK no promise has used so far. In between it may ask
for something to be done to the broker, `{"ask": "kill"}`, and goes on when `{"answered": "kill"}` comes.
"""

import asyncio
import importlib
import json
import sys
import traceback

from recording import unused
from world import Skip, answered, place, promises

AREAS = ["admin", "consumers", "groups", "messages", "producers", "reconnect", "retention", "settings", "tls", "users"]
for area in AREAS:
    importlib.import_module(area)

#: Longest a promise may take before it counts as broken.
PROMISE_SECONDS = 40.0


async def run(promise: str, where: dict[str, str]) -> dict:
    place.clear()
    place.update(where)
    try:
        await asyncio.wait_for(promises[promise].run(), PROMISE_SECONDS)
    except Skip as reason:
        return {"skipped": str(reason)}
    return {"skipped": None}


async def find_unused() -> list[str]:
    return unused()


CALLS = {"run": run, "unused": find_unused}


async def answer(request: dict) -> None:
    reply = {"id": request["id"]}
    try:
        reply["result"] = await CALLS[request["call"]](**request.get("args", {}))
    except Exception as error:  # whatever it is, the promise is broken
        where = traceback.extract_tb(error.__traceback__)[-3:]
        lines = [f"{it.filename.rsplit('/', 1)[-1]}:{it.lineno} {it.line}" for it in where]
        reply["error"] = "\n".join([f"{type(error).__name__}: {error}", *lines])
    print(json.dumps(reply), flush=True)


async def main() -> None:
    loop = asyncio.get_running_loop()
    tasks = set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        if "answered" in request:
            answered(request["answered"])
            continue
        task = asyncio.create_task(answer(request))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if "--list" in sys.argv:
    print(json.dumps([{"promise": text, "needs": it.needs} for text, it in promises.items()]))
else:
    asyncio.run(main())
