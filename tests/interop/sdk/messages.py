"""Messages: where they go, how they are found again, and what they carry."""

from recording import sdk
from world import connect, equal, eventually, new_topic, poll_texts, promise, refused, send_texts


@promise("sends to a partition, by key, and in turn")
async def partitioning() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=3)

    async def send(to) -> int:
        response = await client.send_messages(stream, topic, to, [sdk.SendMessage("x"), sdk.SendMessage(b"y")])
        [confirmation] = response.confirmations
        equal(confirmation.topic_id, (await client.get_topic(stream, topic)).id)
        equal(confirmation.stream_id, (await client.get_stream(stream)).id)
        return confirmation.partition_id

    equal([await send(sdk.Partitioning.partition_id(it)) for it in (2, 0)], [2, 0])
    equal(await send(1), 1)
    keys = ["user-42", b"user-42", "user-42"]
    equal([await send(sdk.Partitioning.messages_key(key)) for key in keys], [2, 2, 2])
    equal(sorted([await send(sdk.Partitioning.balanced()) for _ in range(3)]), [0, 1, 2])
    offsets = [
        (await client.send_messages(stream, topic, 0, [sdk.SendMessage("z")])).confirmations[0].base_offset
        for _ in range(2)
    ]
    equal(offsets[1] - offsets[0], 1)
    await refused("not found", send(sdk.Partitioning.partition_id(3)))


@promise("polls from an offset, a time, the first, the last and the next")
async def strategies() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, "a", "b", "c", "d")
    polled = await client.poll_messages(
        stream,
        topic,
        consumer=sdk.Consumer.Single("c"),
        polling_strategy=sdk.PollingStrategy.First(),
        count=9,
        auto_commit=False,
    )
    equal([it.payload() for it in polled], [b"a", b"b", b"c", b"d"])
    equal([it.offset() for it in polled], [0, 1, 2, 3])

    third = sdk.PollingStrategy.Timestamp(polled[2].timestamp())
    equal(third.value, polled[2].timestamp())
    second = sdk.PollingStrategy.Offset(1)
    equal(second.value, 1)
    equal(await poll_texts(client, stream, topic, strategy=second, count=2), ["b", "c"])
    assert (await poll_texts(client, stream, topic, strategy=third))[-2:] == ["c", "d"]
    equal(await poll_texts(client, stream, topic, strategy=sdk.PollingStrategy.Last(), count=1), ["d"])
    equal(await poll_texts(client, stream, topic, strategy=sdk.PollingStrategy.Offset(99)), [])


@promise("commits what a consumer has polled, for a consumer with a number and for one with a name")
async def auto_commit() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, "a", "b", "c")
    number, name = sdk.Consumer.Single(7), sdk.Consumer.Single("worker")
    equal((number.id, name.id), (7, "worker"))
    for consumer in (number, name):
        next_ones = {"consumer": consumer, "strategy": sdk.PollingStrategy.Next()}
        equal(await poll_texts(client, stream, topic, **next_ones, count=2), ["a", "b"])
        equal(await poll_texts(client, stream, topic, **next_ones, count=2, auto_commit=True), ["a", "b"])
        equal(await poll_texts(client, stream, topic, **next_ones, auto_commit=True), ["c"])
        equal(await poll_texts(client, stream, topic, **next_ones, auto_commit=True), [])


@promise("keeps a message as it was sent: bytes, id, times, checksum and partition")
async def received() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=2)
    payloads = [b"", bytes(range(256)) * 40, "schön".encode()]
    ids = [2**128 - 1, 1, 2]
    sent = [sdk.SendMessage(payload, id=id) for payload, id in zip(payloads[1:], ids, strict=False)]
    await client.send_messages(stream, topic, 1, sent)
    await client.send_messages(stream, topic, 1, [sdk.SendMessage("schön")])
    polled = await client.poll_messages(
        stream,
        topic,
        consumer=sdk.Consumer.Single(1),
        polling_strategy=sdk.PollingStrategy.First(),
        count=9,
        auto_commit=False,
        partition_id=1,
    )
    equal([it.payload() for it in polled], [*payloads[1:], "schön".encode()])
    equal([it.length() for it in polled], [len(it.payload()) for it in polled])
    equal([it.id() for it in polled[:2]], ids[:2])
    equal([it.partition_id() for it in polled], [1, 1, 1])
    assert all(it.checksum() > 0 and it.timestamp() >= it.origin_timestamp() > 0 for it in polled)
    equal([it.user_headers() for it in polled], [None, None, None])


VALUES = {
    "Raw": b"\x00\xff",
    "String": "schön",
    "Bool": True,
    "Int8": -8,
    "Int16": -16,
    "Int32": -32,
    "Int64": -64,
    "Int128": -(2**127),
    "UnsignedInt8": 8,
    "UnsignedInt16": 16,
    "UnsignedInt32": 32,
    "UnsignedInt64": 2**64 - 1,
    "UnsignedInt128": 2**128 - 1,
    "Float32": 0.5,
    "Float64": 0.1,
}


@promise("keeps user headers of every kind, as keys and as values")
async def headers() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    typed = {
        getattr(sdk.HeaderKey, kind)(value): getattr(sdk.HeaderValue, kind)(value) for kind, value in VALUES.items()
    }
    equal([(key.value, it.value) for key, it in typed.items()], [(it, it) for it in VALUES.values()])
    plain = sdk.UserHeaders({"source": "sdk", "ключ": 7, "yes": True, "raw": b"\x01", "ratio": 0.25})
    plain["late"] = "entry"
    await client.send_messages(stream, topic, 0, [sdk.SendMessage("x", user_headers=it) for it in (typed, dict(plain))])
    polled = await client.poll_messages(
        stream,
        topic,
        consumer=sdk.Consumer.Single(1),
        polling_strategy=sdk.PollingStrategy.First(),
        count=9,
        auto_commit=False,
    )
    equal(dict(polled[0].user_headers()), typed)
    expected = {"source": "sdk", "ключ": 7, "yes": True, "raw": b"\x01", "ratio": 0.25, "late": "entry"}
    equal(polled[1].user_headers().to_scalar_dict(), expected)


@promise("moves a thousand messages of mixed sizes without a change")
async def many() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    texts = ["x" * (1 + (n * 37) % 700) for n in range(1000)]
    await client.send_messages(stream, topic, 0, [sdk.SendMessage(it) for it in texts])
    equal(await poll_texts(client, stream, topic), texts)
    await eventually("the count", lambda: _has(client, stream, topic, 1000))


async def _has(client, stream: str, topic: str, count: int) -> bool:
    return (await client.get_topic(stream, topic)).messages_count == count
