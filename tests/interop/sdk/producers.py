"""The high-level producer: sending in batches, in the background, and what it says when it cannot."""

from datetime import timedelta

from recording import sdk
from world import connect, equal, eventually, need_release, new_topic, poll_texts, promise, refused, unique

#: Nothing is sent because of the time; only because of a size, or the end.
AN_HOUR = timedelta(hours=1)


def texts(count: int) -> list[str]:
    return [f"message {n}" for n in range(count)]


def of(values: list[str]) -> list:
    return [sdk.SendMessage(it) for it in values]


@promise("a direct producer cuts what it is given into batches, each confirmed")
async def direct() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    mode = sdk.DirectProducerConfig(batch_length=2, linger_time=timedelta(0))
    producer = await client.producer(stream, topic, sdk.Partitioning.partition_id(0), mode)
    response = await producer.send(of(texts(5)))
    equal([it.base_offset for it in response.confirmations], [0, 2, 4])
    equal((await producer.send_one(sdk.SendMessage("one"))).confirmations[0].base_offset, 5)
    await producer.shutdown()
    equal(await poll_texts(client, stream, topic), [*texts(5), "one"])
    await refused("shut down", producer.send(of(["late"])))


@promise("a producer makes the stream and the topic it is for")
async def creating() -> None:
    client = await connect()
    await need_release(client)
    stream = unique("made")
    expiry, size = sdk.IggyExpiry.ExpireDuration(timedelta(days=1)), sdk.MaxTopicSize.Custom(3_000_000_000)
    made = {"topic_partitions_count": 3, "topic_message_expiry": expiry, "topic_max_size": size}
    async with await client.producer(stream, "events", **made) as producer:
        await producer.send(of(["a"]))
    topic = await client.get_topic(stream, "events")
    equal((topic.partitions_count, topic.messages_count), (3, 1))
    equal((topic.message_expiry.duration, topic.max_topic_size.bytes), (timedelta(days=1), 3_000_000_000))
    absent = {"create_stream_if_not_exists": False, "create_topic_if_not_exists": False}
    await refused("not found", client.producer(unique("absent"), "events", **absent))


@promise("a producer sends elsewhere, and with another partitioning, when told to")
async def elsewhere() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=3)
    other, _ = await new_topic(client, partitions=2)
    async with await client.producer(stream, topic, sdk.Partitioning.partition_id(0)) as producer:
        await producer.send(of(["a"]))
        await producer.send_with_partitioning(of(["b"]), sdk.Partitioning.partition_id(2))
        await producer.send_with_partitioning(of(["c"]))
        await producer.send_to(other, topic, of(["d"]), sdk.Partitioning.partition_id(1))
    equal(await poll_texts(client, stream, topic, partition_id=0), ["a", "c"])
    equal(await poll_texts(client, stream, topic, partition_id=2), ["b"])
    equal(await poll_texts(client, other, topic, partition_id=1), ["d"])


def background(**settings):
    return sdk.BackgroundProducerConfig(**({"linger_time": AN_HOUR, "batch_size": 0, "batch_length": 0} | settings))


@promise("a background producer sends when enough has come together, and the rest at its end, in order")
async def in_background() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    mode = background(batch_length=10, sharding=sdk.ProducerSharding.ORDERED)
    async with await client.producer(stream, topic, sdk.Partitioning.partition_id(0), mode) as producer:
        for it in texts(25):
            equal((await producer.send_one(sdk.SendMessage(it))).confirmations, [])

        async def twenty_are_there() -> bool:
            return await poll_texts(client, stream, topic) == texts(20)

        await eventually("two batches of ten", twenty_are_there)
    equal(await poll_texts(client, stream, topic), texts(25))


@promise("a background producer sends what has waited long enough")
async def lingering() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    mode = background(linger_time=timedelta(milliseconds=10))
    async with await client.producer(stream, topic, sdk.Partitioning.partition_id(0), mode) as producer:
        await producer.send(of(["a", "b"]))

        async def are_there() -> bool:
            return await poll_texts(client, stream, topic) == ["a", "b"]

        await eventually("both", are_there)


@promise("a background producer of several workers loses nothing")
async def several_workers() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=3)
    mode = background(
        num_shards=4,
        batch_size=2000,
        max_in_flight=4,
        sharding=sdk.ProducerSharding.BALANCED,
        failure_mode=sdk.BackpressureMode.block_with_timeout(timedelta(seconds=10)),
    )
    async with await client.producer(stream, topic, sdk.Partitioning.balanced(), mode) as producer:
        for it in texts(500):
            await producer.send_one(sdk.SendMessage(it))
    found = [it for partition in range(3) for it in await poll_texts(client, stream, topic, partition_id=partition)]
    equal(sorted(found), sorted(texts(500)))


@promise("a background producer that is full says so, and sends what it took")
async def full() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    mode = background(max_buffer_size=1000, failure_mode=sdk.BackpressureMode.fail_immediately())
    async with await client.producer(stream, topic, sdk.Partitioning.partition_id(0), mode) as producer:
        await producer.send(of(["x" * 600]))
        await refused("overflow", producer.send(of(["y" * 600])))
    equal(await poll_texts(client, stream, topic), ["x" * 600])


@promise("a direct producer that fails in the middle tells what was stored and hands back the rest")
async def partial_failure() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    mode = sdk.DirectProducerConfig(batch_length=1, linger_time=timedelta(milliseconds=50))
    partition = sdk.Partitioning.partition_id(0)
    async with await client.producer(stream, topic, partition, mode, send_retries=None) as producer:
        await producer.send(of(["a"]))
        await client.delete_topic(stream, topic)
        failure = await refused("not found", producer.send(of(["b", "c"])))
        assert isinstance(failure, sdk.ProducerSendError), failure
        equal((len(failure.failed), failure.committed), (2, []))
        assert failure.cause

        other, _ = await new_topic(client)
        response = await producer.send_to(other, topic, failure.failed, partition)
        equal([it.base_offset for it in response.confirmations], [0, 1])
        equal(await poll_texts(client, other, topic), ["b", "c"])
