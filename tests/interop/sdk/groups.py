"""Consumer groups: who is in them, who reads what, and what happens when a member goes."""

import asyncio

from consumers import new_consumer, stored_offset
from recording import sdk
from world import SOON, connect, equal, eventually, new_topic, poll_texts, promise, refused, send_texts

GROUP = "workers"


@promise("creates, finds, lists, joins, leaves and deletes consumer groups")
async def administration() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=3)
    await client.create_consumer_group(stream, topic, GROUP)
    await client.create_consumer_group(stream, topic, "others")
    await refused("already exists", client.create_consumer_group(stream, topic, GROUP))
    group = await client.get_consumer_group(stream, topic, GROUP)
    equal((group.name, group.partitions_count, group.members_count, group.members), (GROUP, 3, 0, []))
    listed = await client.get_consumer_groups(stream, topic)
    equal([(it.name, it.partitions_count, it.members_count) for it in listed], [(GROUP, 3, 0), ("others", 3, 0)])
    equal([it.id for it in listed][0], group.id)

    await client.join_consumer_group(stream, topic, group.id)
    joined = await client.get_consumer_group(stream, topic, group.id)
    [member] = joined.members
    equal((joined.members_count, member.partitions_count, sorted(member.partitions)), (1, 3, [0, 1, 2]))
    assert member.id >= 0
    equal([it.members_count for it in await client.get_consumer_groups(stream, topic)], [1, 0])

    await client.leave_consumer_group(stream, topic, GROUP)
    equal((await client.get_consumer_group(stream, topic, GROUP)).members, [])
    await refused("member", client.leave_consumer_group(stream, topic, GROUP))
    await client.delete_consumer_group(stream, topic, GROUP)
    equal(await client.get_consumer_group(stream, topic, GROUP), None)
    await refused("not found", client.delete_consumer_group(stream, topic, GROUP))
    await refused("not found", client.join_consumer_group(stream, topic, GROUP))


async def shares(client, stream: str, topic: str, group: str = GROUP) -> list[list[int]]:
    """Who has which partitions."""
    details = await client.get_consumer_group(stream, topic, group)
    return sorted(sorted(it.partitions) for it in details.members)


async def poll_group(client, stream: str, topic: str, partition: int) -> list[str]:
    group = sdk.Consumer.Group(GROUP)
    equal(group.id, GROUP)
    next_ones = {"consumer": group, "strategy": sdk.PollingStrategy.Next()}
    return await poll_texts(client, stream, topic, **next_ones, partition_id=partition, auto_commit=True)


@promise("a member polls its own partitions only, in the name of the group")
async def ownership() -> None:
    one, two = await connect(), await connect()
    stream, topic = await new_topic(one, partitions=2)
    for partition in (0, 1):
        await send_texts(one, stream, topic, f"in {partition}", partition=partition)
    await one.create_consumer_group(stream, topic, GROUP)
    await one.join_consumer_group(stream, topic, GROUP)
    equal(await shares(one, stream, topic), [[0, 1]])
    equal(await poll_group(one, stream, topic, 0), ["in 0"])
    equal(await stored_offset(one, stream, topic, GROUP), 0)
    equal(await poll_group(two, stream, topic, 1), [])

    await two.join_consumer_group(stream, topic, GROUP)
    equal(await shares(one, stream, topic), [[0], [1]])
    found = [await poll_group(client, stream, topic, 1) for client in (one, two)]
    equal(sorted(found), [[], ["in 1"]])


async def read_all(consumer, found: list[str], stop: asyncio.Event) -> None:
    async def on_message(message) -> None:
        found.append(message.payload().decode())

    await consumer.consume_messages(on_message, stop)


class Member:
    """A connection of its own that reads for the group until it is told to stop."""

    @classmethod
    async def join(cls, stream: str, topic: str):
        member = cls()
        member.found: list[str] = []
        member.client = await connect()
        each = sdk.AutoCommit.When(sdk.AutoCommitWhen.ConsumingEachMessage())
        consumer = await new_consumer(member.client, stream, topic, GROUP, auto_commit=each, poll_interval=SOON)
        member.stopping = asyncio.Event()
        member.running = asyncio.ensure_future(read_all(consumer, member.found, member.stopping))
        return member

    async def stop(self) -> None:
        self.stopping.set()
        await asyncio.wait_for(self.running, 15)


async def share_and_part(part) -> None:
    """Two members share four partitions; one goes, as `part` has it; the other reads everything that comes then."""
    root = await connect()
    stream, topic = await new_topic(root, partitions=4)
    one = await Member.join(stream, topic)
    two = await Member.join(stream, topic)

    async def are_shared() -> bool:
        return [len(it) for it in await shares(root, stream, topic)] == [2, 2]

    async def send_round(name: str) -> list[str]:
        sent = [f"{name} {partition}" for partition in range(4)]
        for partition, it in enumerate(sent):
            await send_texts(root, stream, topic, it, partition=partition)
        return sent

    await eventually("the partitions are shared", are_shared)
    together = await send_round("together")

    async def all_read() -> bool:
        return len(one.found) + len(two.found) >= 4

    await eventually("both have read", all_read)
    equal(sorted(one.found + two.found), together)
    equal((len(one.found), len(two.found)), (2, 2))

    await part(two, stream, topic)

    async def has_all() -> bool:
        return await shares(root, stream, topic) == [[0, 1, 2, 3]]

    await eventually("all partitions are with the one that stayed", has_all)
    alone = await send_round("alone")

    async def rest_read() -> bool:
        return len(one.found) >= 6

    await eventually("it has read the rest", rest_read)
    equal(sorted(it for it in one.found if it in alone), alone)
    await one.stop()


@promise("two members share a topic, and when one leaves the other reads on in all of it")
async def leaving() -> None:
    async def leave(member: Member, stream: str, topic: str) -> None:
        await member.stop()
        await member.client.leave_consumer_group(stream, topic, GROUP)

    await share_and_part(leave)


@promise("two members share a topic, and when one logs out the other reads on in all of it")
async def logging_out() -> None:
    async def log_out(member: Member, _stream: str, _topic: str) -> None:
        await member.stop()
        await member.client.logout_user()

    await share_and_part(log_out)


@promise("partitions that are added to a topic are shared out in its groups")
async def growing() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=1)
    await client.create_consumer_group(stream, topic, GROUP)
    await client.join_consumer_group(stream, topic, GROUP)
    await client.create_partitions(stream, topic, 2)
    equal(await shares(client, stream, topic), [[0, 1, 2]])
    await client.delete_partitions(stream, topic, 1)
    equal(await shares(client, stream, topic), [[0, 1]])
