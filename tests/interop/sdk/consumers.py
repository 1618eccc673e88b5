"""The high-level consumer: iterating, being called back, and when it commits what."""

import asyncio
from datetime import timedelta

from recording import sdk
from world import SOON, connect, equal, eventually, named, new_topic, promise, refused, send_texts, unique

SENT = [f"message {n}" for n in range(7)]
NEVER = timedelta(hours=1)


QUICK = {"batch_length": 100, "poll_interval": timedelta(0), "polling_retry_interval": SOON}


async def new_consumer(client, stream: str, topic: str, group: str, **settings):
    return await client.consumer_group(
        group,
        stream,
        topic,
        **({"polling_strategy": sdk.PollingStrategy.Next()} | QUICK | settings),
    )


async def stored_offset(client, stream: str, topic: str, group: str, partition: int = 0) -> int | None:
    """What the broker has for the group, which no method of the SDK tells."""
    consumer = b"\x02" + named(group)
    target = consumer + named(stream) + named(topic) + b"\x01" + partition.to_bytes(4, "little")
    reply = await client.send_binary_request(120, target)
    return int.from_bytes(reply[12:20], "little") if reply else None


async def take(consumer, count: int) -> list[str]:
    """The next few messages, by iteration."""
    found = []
    iterator = consumer.iter_messages()
    async for message in iterator:
        found.append(message.payload().decode())
        if len(found) == count:
            break
    return found


async def be_called(consumer, count: int, before_the_end=None) -> list[str]:
    """The next few messages, by a callback; then the consumer is told to stop."""
    found: list[str] = []
    stop = asyncio.Event()

    async def on_message(message) -> None:
        found.append(message.payload().decode())
        if len(found) == count and before_the_end is None:
            stop.set()

    running = asyncio.ensure_future(consumer.consume_messages(on_message, stop))
    if before_the_end is not None:
        await before_the_end()
        stop.set()
    await asyncio.wait_for(running, 15)
    return found


async def read_until_committed(consumer, count: int) -> list[str]:
    """By a callback, and it is told to stop only when all of it is committed."""

    async def all_is_committed() -> None:
        async def is_stored() -> bool:
            return consumer.get_last_stored_offset(0) == count - 1

        await eventually("the last is committed", is_stored)

    return await be_called(consumer, count, all_is_committed)


When, After = sdk.AutoCommitWhen, sdk.AutoCommitAfter

#: For each mode: how it is made, how the messages are read, and the offset that is stored once all seven were read.
MODES = {
    "never": (lambda: sdk.AutoCommit.Disabled(), take, None),
    "in intervals": (lambda: sdk.AutoCommit.Interval(SOON), take, 6),
    "when polling": (lambda: sdk.AutoCommit.When(When.PollingMessages()), take, 6),
    "when all are consumed": (lambda: sdk.AutoCommit.When(When.ConsumingAllMessages()), take, 6),
    "when each is consumed": (lambda: sdk.AutoCommit.When(When.ConsumingEachMessage()), take, 6),
    "when every third is consumed": (lambda: sdk.AutoCommit.When(When.ConsumingEveryNthMessage(3)), take, 6),
    "in intervals or when each is consumed": (
        lambda: sdk.AutoCommit.IntervalOrWhen(NEVER, When.ConsumingEachMessage()),
        take,
        6,
    ),
    "in intervals, rather than when a thousand are consumed": (
        lambda: sdk.AutoCommit.IntervalOrWhen(SOON, When.ConsumingEveryNthMessage(1000)),
        take,
        6,
    ),
    "after all were consumed": (lambda: sdk.AutoCommit.After(After.ConsumingAllMessages()), be_called, 6),
    "after each was consumed": (lambda: sdk.AutoCommit.After(After.ConsumingEachMessage()), be_called, 6),
    "after every third was consumed": (lambda: sdk.AutoCommit.After(After.ConsumingEveryNthMessage(3)), be_called, 6),
    "in intervals or after each was consumed": (
        lambda: sdk.AutoCommit.IntervalOrAfter(NEVER, After.ConsumingEachMessage()),
        be_called,
        6,
    ),
    "in intervals, rather than after a thousand were consumed": (
        lambda: sdk.AutoCommit.IntervalOrAfter(SOON, After.ConsumingEveryNthMessage(1000)),
        read_until_committed,
        6,
    ),
}


def of_mode(make, read, expected: int | None):
    async def run() -> None:
        client = await connect()
        stream, topic = await new_topic(client)
        await send_texts(client, stream, topic, *SENT)
        consumer = await new_consumer(client, stream, topic, "g", auto_commit=make())
        equal(await read(consumer, len(SENT)), SENT)

        async def is_stored() -> bool:
            return await stored_offset(client, stream, topic, "g") == expected

        await eventually(f"{expected} is stored", is_stored)

    return run


for mode, facts in MODES.items():
    promise(f"a consumer commits {mode}")(of_mode(*facts))


@promise("a consumer goes on after what was committed, and again where it is told to")
async def going_on() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, *SENT)
    consumer = await new_consumer(client, stream, topic, "g", auto_commit=sdk.AutoCommit.Disabled())
    equal((consumer.name(), consumer.stream(), consumer.topic()), ("g", stream, topic))
    equal(consumer.get_last_consumed_offset(0), None)
    equal(await take(consumer, 7), SENT)
    equal((consumer.partition_id(), consumer.get_last_consumed_offset(0)), (0, 6))
    equal(await stored_offset(client, stream, topic, "g"), None)

    await consumer.store_offset(3, 0)
    equal(consumer.get_last_stored_offset(0), 3)
    equal(await stored_offset(client, stream, topic, "g"), 3)

    await client.leave_consumer_group(stream, topic, "g")
    again = await connect()
    after = await new_consumer(again, stream, topic, "g", auto_commit=sdk.AutoCommit.Disabled())
    equal(await take(after, 3), SENT[4:])
    await after.store_offset(5, None)
    equal(await stored_offset(client, stream, topic, "g"), 5)
    await after.delete_offset(0)
    equal(await stored_offset(client, stream, topic, "g"), None)


@promise("a consumer that waits is given what is sent later, until it is told to stop")
async def later() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    group = unique("g")
    consumer = await new_consumer(client, stream, topic, group, auto_commit=sdk.AutoCommit.Interval(SOON))

    async def send_slowly() -> None:
        for offset, it in enumerate(SENT):
            await send_texts(client, stream, topic, it)

            async def is_stored(offset: int = offset) -> bool:
                return await stored_offset(client, stream, topic, group) == offset

            await eventually(f"{it} is consumed", is_stored)

    equal(await be_called(consumer, 0, send_slowly), SENT)


@promise("a consumer makes no group and joins none when told not to")
async def no_group() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    absent = {"create_consumer_group_if_not_exists": False, "init_retries": 1, "init_retry_interval": SOON}
    await refused("consumer group", new_consumer(client, stream, topic, "absent", **absent))
    equal(await client.get_consumer_groups(stream, topic), [])

    await client.create_consumer_group(stream, topic, "present")
    await new_consumer(client, stream, topic, "present", auto_join_consumer_group=False)
    equal((await client.get_consumer_group(stream, topic, "present")).members_count, 0)


@promise("a consumer goes back only where it allows for that")
async def replay() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, *SENT)
    for group, allow_replay, stored in (("forward", False, 5), ("back", True, 2)):
        settings = {"auto_commit": sdk.AutoCommit.Disabled(), "allow_replay": allow_replay}
        consumer = await new_consumer(client, stream, topic, group, **settings)
        equal(await take(consumer, 7), SENT)
        await consumer.store_offset(5, 0)
        await consumer.store_offset(2, 0)
        equal(await stored_offset(client, stream, topic, group), stored)
