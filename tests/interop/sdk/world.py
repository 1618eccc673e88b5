"""What the promises share: the broker they run against, connections to it, and a few assertions."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from recording import sdk

#: Longest wait for what has to happen; a test that needs it fails.
PATIENCE_SECONDS = 15.0
SOON = timedelta(milliseconds=20)

Promise = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Entry:
    run: Promise
    #: What only a broker of one's own can be: "restart", "retention", "tls".
    needs: str | None


promises: dict[str, Entry] = {}


def promise(text: str, needs: str | None = None) -> Callable[[Promise], Promise]:
    def register(run: Promise) -> Promise:
        assert text not in promises, text
        promises[text] = Entry(run, needs)
        return run

    return register


class Skip(Exception):
    """The broker at hand cannot do it, and that is known."""


#: Where the promise at hand is to be kept: `connection_string`, and for some `certificate_authority`, a file.
place: dict[str, str] = {}


def connection_string() -> str:
    return place["connection_string"]


def address() -> str:
    url = urlsplit(connection_string())
    return f"{url.hostname}:{url.port}"


def credentials() -> tuple[str, str]:
    url = urlsplit(connection_string())
    assert url.username is not None and url.password is not None
    return url.username, url.password


def config(auto_login, retries: int = 20, **more):
    """Gives up after a while, where the SDK would wait for ever."""
    reconnection = sdk.TcpReconnectionConfig(
        max_retries=retries, interval=timedelta(milliseconds=250), reestablish_after=SOON
    )
    return sdk.TcpConfig(server_address=address(), auto_login=auto_login, reconnection=reconnection, **more)


async def connect_as(auto_login, **more):
    client = sdk.IggyClient(config(auto_login, **more))
    await client.connect()
    return client


async def connect(**more):
    """A connection of its own, logged in as root."""
    return await connect_as(sdk.AutoLogin.username_password(*credentials()), **more)


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4()}"


def text(value: str) -> bytes:
    """A name on the wire: its length in a byte, its UTF-8."""
    encoded = value.encode()
    return bytes([len(encoded)]) + encoded


def named(value: str) -> bytes:
    """An identifier on the wire."""
    return b"\x02" + text(value)


async def is_release(client) -> bool:
    """Whether the broker has the topic options of release 0.9.0, which this SDK always sends."""
    return "durability" in {option.key for option in await client.describe_options("topic")}


async def need_release(client) -> None:
    if not await is_release(client):
        raise Skip("a pre-release, which refuses the topic options this SDK sends")


async def new_topic(client, partitions: int = 1) -> tuple[str, str]:
    """A stream of its own with a topic, so that promises do not meet."""
    stream, topic = unique("sdk"), "events"
    await client.create_stream(stream)
    if await is_release(client):
        await client.create_topic(stream, topic, partitions)
    else:
        await client.send_binary_request(302, named(stream) + partitions.to_bytes(4, "little") + text(topic))
    return stream, topic


async def send_texts(client, stream: str, topic: str, *texts: str, partition: int = 0) -> None:
    """One after the other, so that each is a batch."""
    for it in texts:
        await client.send_messages(stream, topic, partition, [sdk.SendMessage(it)])


async def poll_texts(client, stream: str, topic: str, consumer=None, strategy=None, **more) -> list[str]:
    arguments = {"count": 1000, "auto_commit": False, "partition_id": 0} | more
    messages = await client.poll_messages(
        stream,
        topic,
        consumer=consumer or sdk.Consumer.Single(1),
        polling_strategy=strategy or sdk.PollingStrategy.First(),
        **arguments,
    )
    return [it.payload().decode() for it in messages]


def equal(actual: object, expected: object) -> None:
    assert actual == expected, f"{actual!r} is not {expected!r}"


def raises(kind: type[Exception], call: Callable[[], object]) -> None:
    """What the SDK refuses by itself, at once."""
    try:
        result = call()
    except kind:
        return
    raise AssertionError(f"should have been refused, gave {result!r}")


async def refused(words: str, call: Awaitable) -> Exception:
    """What the broker refuses, and the message tells why."""
    try:
        result = await call
    except RuntimeError as error:
        assert words.lower() in str(error).lower(), f"{error!r} does not speak of {words!r}"
        return error
    raise AssertionError(f"should have been refused ({words}), gave {result!r}")


async def eventually(what: str, condition: Callable[[], Awaitable[object]]) -> object:
    """Polls for a condition, and returns what it found."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := await condition()):
        assert time.monotonic() < deadline, f"still not: {what}"
        await asyncio.sleep(0.01)
    return found


_answers: dict[str, asyncio.Future] = {}


async def ask(what: str) -> None:
    """Has whoever runs the suite do something to the broker: "kill" or "start"."""
    done = asyncio.get_running_loop().create_future()
    _answers[what] = done
    print(json.dumps({"ask": what}), flush=True)
    await done


def answered(what: str) -> None:
    _answers.pop(what).set_result(None)
