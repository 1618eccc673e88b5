"""A broker that dies and comes back."""

import asyncio

from consumers import be_called, new_consumer, stored_offset
from recording import sdk
from world import SOON, ask, connect, equal, eventually, new_topic, poll_texts, promise, send_texts


@promise(
    "everything that was confirmed is there after the broker was killed, and the client logs in again", needs="restart"
)
async def confirmed() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, "a", "b", "c")
    consumer = sdk.Consumer.Single("reader")
    reading = {"consumer": consumer, "strategy": sdk.PollingStrategy.Next(), "count": 2, "auto_commit": True}
    equal(await poll_texts(client, stream, topic, **reading), ["a", "b"])

    await ask("kill")
    await ask("start")

    equal(await poll_texts(client, stream, topic, **reading), ["c"])
    await send_texts(client, stream, topic, "d")
    equal(await poll_texts(client, stream, topic), ["a", "b", "c", "d"])


@promise("a producer and a group consumer go on when a killed broker is back", needs="restart")
async def going_on() -> None:
    client, root = await connect(), await connect()
    stream, topic = await new_topic(client, partitions=2)
    each = sdk.AutoCommit.When(sdk.AutoCommitWhen.ConsumingEachMessage())
    consumer = await new_consumer(client, stream, topic, "g", auto_commit=each, poll_interval=SOON)
    partition = sdk.Partitioning.partition_id(1)
    producer = await root.producer(stream, topic, partition, send_retries=20, send_retry_interval=SOON * 10)

    async def kill_in_between() -> None:
        await producer.send_one(sdk.SendMessage("before"))

        async def is_committed() -> bool:
            return await stored_offset(root, stream, topic, "g", 1) == 0

        await eventually("the first is consumed", is_committed)
        await ask("kill")
        sending = asyncio.ensure_future(producer.send_one(sdk.SendMessage("after")))
        await ask("start")
        await sending

        async def is_second_committed() -> bool:
            return await stored_offset(root, stream, topic, "g", 1) == 1

        await eventually("the second is consumed", is_second_committed)

    equal(await be_called(consumer, 0, kill_in_between), ["before", "after"])
    await producer.shutdown()
    equal(await poll_texts(root, stream, topic, partition_id=1), ["before", "after"])
