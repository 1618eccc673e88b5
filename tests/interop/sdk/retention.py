"""What a topic does not keep."""

from datetime import timedelta

from recording import sdk
from world import connect, equal, eventually, poll_texts, promise, send_texts, unique


@promise("a topic keeps its messages as long as it was told to, and goes on counting behind them", needs="retention")
async def expiry() -> None:
    client = await connect()
    stream = unique("sdk")
    await client.create_stream(stream)
    moment = sdk.IggyExpiry.ExpireDuration(timedelta(milliseconds=50))
    await client.create_topic(stream, "short", 1, message_expiry=moment)
    await client.create_topic(stream, "long", 1)
    for topic in ("short", "long"):
        await send_texts(client, stream, topic, "a", "b")

    async def is_gone() -> bool:
        return await poll_texts(client, stream, "short") == []

    await eventually("both have expired", is_gone)
    equal(await poll_texts(client, stream, "long"), ["a", "b"])
    [confirmation] = (await client.send_messages(stream, "short", 0, [sdk.SendMessage("c")])).confirmations
    equal(confirmation.base_offset, 2)
