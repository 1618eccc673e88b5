"""Streams, topics, partitions, options, statistics, and what has no method of its own."""

from datetime import timedelta

from recording import sdk
from world import (
    address,
    connect,
    connection_string,
    credentials,
    equal,
    eventually,
    named,
    need_release,
    new_topic,
    poll_texts,
    promise,
    raises,
    refused,
    send_texts,
    text,
    unique,
)


@promise("connects by address and by connection string, pings, logs out and in")
async def connections() -> None:
    by_address = sdk.IggyClient(address())
    await by_address.connect()
    await by_address.ping()
    await refused("unauthenticated", by_address.get_streams())
    await refused("credentials", by_address.login_user(credentials()[0], "not-the-password"))
    await by_address.login_user(*credentials())
    await by_address.get_streams()
    await by_address.logout_user()
    await refused("unauthenticated", by_address.get_streams())
    await by_address.login_user(*credentials())
    await by_address.get_streams()

    by_text = sdk.IggyClient.from_connection_string(connection_string())
    await by_text.connect()
    await by_text.get_streams()


@promise("creates, finds, lists, renames, purges and deletes streams")
async def streams() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, "a", "b")

    details = await client.get_stream(stream)
    equal((details.name, details.topics_count, details.messages_count), (stream, 1, 2))
    equal([it.name for it in details.topics], [topic])
    assert details.size > 0 and details.created_at > 0
    equal((await client.get_stream(details.id)).name, stream)
    [listed] = [it for it in await client.get_streams() if it.name == stream]
    facts = (details.id, details.topics_count, details.messages_count, details.size, details.created_at)
    equal((listed.id, listed.topics_count, listed.messages_count, listed.size, listed.created_at), facts)

    await refused("already exists", client.create_stream(stream))
    renamed = unique("renamed")
    await client.update_stream(stream, renamed)
    equal(await client.get_stream(stream), None)
    equal((await client.get_stream(details.id)).name, renamed)
    await client.purge_stream(renamed)
    equal(await poll_texts(client, renamed, topic), [])
    await client.delete_stream(renamed)
    equal(await client.get_stream(renamed), None)
    await refused("not found", client.delete_stream(renamed))


@promise("creates, finds, lists, renames, purges and deletes topics")
async def topics() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=2)
    await send_texts(client, stream, topic, "a", "b", partition=1)

    details = await client.get_topic(stream, topic)
    equal((details.name, details.partitions_count, details.messages_count), (topic, 2, 2))
    equal([it.id for it in details.partitions], [0, 1])
    equal([it.messages_count for it in details.partitions], [0, 2])
    equal([it.current_offset for it in details.partitions], [0, 1])
    equal([it.segments_count for it in details.partitions], [1, 1])
    equal([it.size > 0 for it in details.partitions], [False, True])
    assert all(it.created_at > 0 for it in details.partitions)
    [listed] = await client.get_topics(stream)
    equal((listed.id, listed.name, listed.partitions_count), (details.id, topic, 2))
    equal((listed.messages_count, listed.size, listed.created_at), (2, details.size, details.created_at))

    await client.update_topic(stream, topic, "renamed")
    equal(await client.get_topic(stream, topic), None)
    await client.purge_topic(stream, "renamed")
    equal(await poll_texts(client, stream, "renamed", partition_id=1), [])
    await client.delete_topic(stream, "renamed")
    equal(await client.get_topics(stream), [])
    await refused("not found", client.delete_topic(stream, "renamed"))


@promise("creates a topic with every option, shows them, and changes some")
async def topic_options() -> None:
    client = await connect()
    await need_release(client)
    stream = unique("sdk")
    await client.create_stream(stream)
    await client.create_topic(
        stream,
        "full",
        1,
        compression_algorithm="gzip",
        message_expiry=sdk.IggyExpiry.ExpireDuration(timedelta(hours=1)),
        max_topic_size=sdk.MaxTopicSize.Custom(2_000_000_000),
        segment_size=1024 * 1024,
        durability=sdk.Durability.PERSISTED,
        consumer_offset_durability=sdk.Durability.REPLICATED,
        messages_required_to_save=32,
        size_of_messages_required_to_save=4096,
        preallocate_segments=False,
    )
    full = await client.get_topic(stream, "full")
    equal(full.compression_algorithm, "gzip")
    equal(full.message_expiry.duration, timedelta(hours=1))
    equal(full.max_topic_size.bytes, 2_000_000_000)
    options = full.options.to_scalar_dict()
    equal((options["durability"], options["consumer_offset_durability"]), ("persisted", "replicated"))
    equal((options["segment_size"], options["messages_required_to_save"]), (1024 * 1024, 32))
    equal(len(full.derived_options), 0)

    await client.update_topic(
        stream,
        "full",
        "full",
        compression_algorithm="none",
        message_expiry=sdk.IggyExpiry.NeverExpire(),
        max_topic_size=sdk.MaxTopicSize.Unlimited(),
    )
    [listed] = await client.get_topics(stream)
    equal(listed.compression_algorithm, "none")
    equal(
        (type(listed.message_expiry), type(listed.max_topic_size)),
        (sdk.IggyExpiry.NeverExpire, sdk.MaxTopicSize.Unlimited),
    )
    equal(listed.options.to_scalar_dict()["segment_size"], 1024 * 1024)
    equal(len(listed.derived_options), 0)

    await client.create_topic(
        stream,
        "plain",
        1,
        message_expiry=sdk.IggyExpiry.ServerDefault(),
        max_topic_size=sdk.MaxTopicSize.ServerDefault(),
    )
    plain = await client.get_topic(stream, "plain")
    equal((plain.compression_algorithm, plain.derived_options.to_scalar_dict()["segment_size"] > 0), ("none", True))

    await refused("option", client.create_topic(stream, "odd", 1, options={"no_such_option": "1"}))
    await refused("option", client.create_topic(stream, "odd", 1, segment_size=7))
    await refused("option", client.update_topic(stream, "full", "full", options={"segment_size": "1048576"}))
    await refused("already exists", client.create_topic(stream, "full", 1))
    await refused("partitions", client.create_topic(stream, "odd", 1001))


@promise("describes the options there are")
async def option_catalog() -> None:
    client = await connect()
    catalog = {it.key: it for it in await client.describe_options("topic")}
    segment_size = catalog["segment_size"]
    equal((segment_size.kind, segment_size.default_value), ("uint64", sdk.HeaderValue.UnsignedInt64(1024**3)))
    assert segment_size.description
    equal([await client.describe_options(scope) for scope in ("stream", "user")], [[], []])
    raises(ValueError, lambda: client.describe_options("partition"))


@promise("adds and removes partitions")
async def partitions() -> None:
    client = await connect()
    stream, topic = await new_topic(client, partitions=2)
    await client.create_partitions(stream, topic, 3)
    equal((await client.get_topic(stream, topic)).partitions_count, 5)
    await client.delete_partitions(stream, topic, 4)
    equal((await client.get_topic(stream, topic)).partitions_count, 1)
    await refused("partitions", client.delete_partitions(stream, topic, 2))
    await refused("partitions", client.create_partitions(stream, topic, 0))


@promise("reads the statistics of the server")
async def statistics() -> None:
    client = await connect()
    before = await client.get_stats()
    stream, topic = await new_topic(client, partitions=2)
    await send_texts(client, stream, topic, "a", "b", "c")
    await client.create_consumer_group(stream, topic, "g")
    after = await client.get_stats()

    equal(after.streams_count - before.streams_count, 1)
    equal(after.topics_count - before.topics_count, 1)
    equal(after.partitions_count - before.partitions_count, 2)
    equal(after.segments_count - before.segments_count, 2)
    equal(after.messages_count - before.messages_count, 3)
    equal(after.consumer_groups_count - before.consumer_groups_count, 1)
    assert after.messages_size_bytes > before.messages_size_bytes
    assert after.clients_count >= 1

    assert after.process_id > 0 and after.threads_count >= 1
    assert after.cpu_usage >= 0 and after.total_cpu_usage >= 0
    assert 0 < after.memory_usage and 0 < after.available_memory <= after.total_memory
    assert 0 < after.free_disk_space <= after.total_disk_space
    assert after.run_time >= before.run_time >= timedelta(0)
    assert after.start_time > 0 and after.read_bytes >= 0 and after.written_bytes >= 0
    assert all([after.hostname, after.os_name, after.os_version, after.kernel_version])
    assert after.iggy_server_version.startswith("0.9.0")
    equal(after.iggy_server_semver, 9000)
    assert isinstance(after.cache_metrics, dict)
    key = sdk.CacheMetricsKey(1, 2, 3)
    equal((key.stream_id, key.topic_id, key.partition_id), (1, 2, 3))
    equal(after.cache_metrics.get(key), None)


@promise("sends commands that have no method of their own")
async def raw_commands() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    await send_texts(client, stream, topic, "a")

    me = await client.send_binary_request(20, b"")
    clients = await client.send_binary_request(22, b"")
    assert me and me[:4] in clients, "the list of clients has the one that asks"
    # Snapshot: compression 2, of the kinds of content 4, the test file.
    archive = await client.send_binary_request(11, bytes([2, 1, 4]))
    equal(archive[:2], b"PK")
    cluster = await client.send_binary_request(12, b"")
    assert b"127.0.0.1" in cluster
    # There is no closed segment to delete, so the message stays.
    segments = (0).to_bytes(4, "little") + (1).to_bytes(4, "little")
    await client.send_binary_request(503, named(stream) + named(topic) + segments)
    equal(await poll_texts(client, stream, topic), ["a"])

    await refused("command", client.send_binary_request(9999, b""))
    for session_command in (38, 39, 44):
        await refused("command", client.send_binary_request(session_command, text("iggy")))


@promise("tells which rule was broken, and goes on working")
async def broken_rules() -> None:
    client = await connect()
    stream, topic = await new_topic(client)
    message = [sdk.SendMessage("x")]
    await refused("not found", client.send_messages("no-such-stream", topic, 0, message))
    await refused("not found", client.send_messages(stream, "no-such-topic", 0, message))
    await refused("not found", client.send_messages(stream, topic, 7, message))
    await refused("partition", poll_texts(client, stream, topic, partition_id=7))
    await refused("invalid format", client.create_topic(stream, "x" * 256, 1))
    await eventually("the message is there", lambda: client.get_topic(stream, topic))
    equal(await poll_texts(client, stream, topic), [])
