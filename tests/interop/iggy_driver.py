"""Remote control for the official Python client (apache-iggy, Rust inside).

Reads one JSON object a line from standard input, `{"id": n, "call": name, "args": {...}}`, calls the client, and
answers one line: `{"id": n, "result": ...}` or `{"id": n, "error": "..."}`. Bytes travel as base64. All assertions are
made on the other side; nothing here knows what is right.
"""

import asyncio
import base64
import json
import sys

from apache_iggy import Consumer, HeaderKey, HeaderValue, IggyClient, Partitioning, PollingStrategy, SendMessage

client: IggyClient | None = None


def to_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def to_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def partitioning(spec: dict) -> Partitioning:
    match spec["kind"]:
        case "balanced":
            return Partitioning.balanced()
        case "partition":
            return Partitioning.partition_id(spec["id"])
        case "key":
            return Partitioning.messages_key(spec["key"])
        case other:
            raise ValueError(f"unknown partitioning {other}")


def strategy(spec: dict) -> PollingStrategy:
    match spec["kind"]:
        case "offset":
            return PollingStrategy.Offset(spec["value"])
        case "timestamp":
            return PollingStrategy.Timestamp(spec["value"])
        case "first":
            return PollingStrategy.First()
        case "last":
            return PollingStrategy.Last()
        case "next":
            return PollingStrategy.Next()
        case other:
            raise ValueError(f"unknown strategy {other}")


def message(spec: dict) -> SendMessage:
    headers = {HeaderKey.String(key): HeaderValue.String(value) for key, value in spec.get("headers", {}).items()}
    return SendMessage(to_bytes(spec["payload"]), user_headers=headers or None, id=int(spec["id"]))


def headers_of(received) -> dict:
    headers = received.user_headers()
    return {} if headers is None else headers.to_scalar_dict()


def stream_view(stream) -> dict | None:
    if stream is None:
        return None
    return {"id": stream.id, "name": stream.name, "topics": stream.topics_count, "messages": stream.messages_count}


def topic_view(topic) -> dict | None:
    if topic is None:
        return None
    return {"id": topic.id, "name": topic.name, "partitions": topic.partitions_count, "messages": topic.messages_count}


async def connect(connection_string: str) -> None:
    global client
    client = IggyClient.from_connection_string(connection_string)
    await client.connect()


async def send(stream, topic, to, messages) -> list:
    response = await client.send_messages(stream, topic, partitioning(to), [message(spec) for spec in messages])
    return [{"partition": it.partition_id, "offset": it.base_offset} for it in response.confirmations]


async def poll(stream, topic, partition, consumer, start, count, auto_commit) -> list:
    received = await client.poll_messages(
        stream,
        topic,
        consumer=Consumer.Single(consumer),
        polling_strategy=strategy(start),
        count=count,
        auto_commit=auto_commit,
        partition_id=partition,
    )
    return [
        {
            "offset": it.offset(),
            "id": str(it.id()),
            "timestamp": it.timestamp(),
            "payload": to_text(it.payload()),
            "headers": headers_of(it),
        }
        for it in received
    ]


async def stats() -> dict:
    it = await client.get_stats()
    return {"streams": it.streams_count, "messages": it.messages_count, "version": it.iggy_server_version}


CALLS = {
    "connect": connect,
    "login": lambda username, password: client.login_user(username, password),
    "logout": lambda: client.logout_user(),
    "ping": lambda: client.ping(),
    "stats": stats,
    "create_stream": lambda name: client.create_stream(name),
    "update_stream": lambda stream, name: client.update_stream(stream, name),
    "delete_stream": lambda stream: client.delete_stream(stream),
    "purge_stream": lambda stream: client.purge_stream(stream),
    "create_topic": lambda stream, name, partitions: client.create_topic(stream, name, partitions),
    "update_topic": lambda stream, topic, name: client.update_topic(stream, topic, name),
    "delete_topic": lambda stream, topic: client.delete_topic(stream, topic),
    "purge_topic": lambda stream, topic: client.purge_topic(stream, topic),
    "create_partitions": lambda stream, topic, count: client.create_partitions(stream, topic, count),
    "delete_partitions": lambda stream, topic, count: client.delete_partitions(stream, topic, count),
    "send": send,
    "poll": poll,
}


async def get_stream(stream):
    return stream_view(await client.get_stream(stream))


async def get_streams():
    return [stream_view(it) for it in await client.get_streams()]


async def get_topic(stream, topic):
    return topic_view(await client.get_topic(stream, topic))


async def get_topics(stream):
    return [topic_view(it) for it in await client.get_topics(stream)]


async def raw(code, payload):
    return to_text(await client.send_binary_request(code, to_bytes(payload)))


CALLS |= {
    "get_stream": get_stream,
    "get_streams": get_streams,
    "get_topic": get_topic,
    "get_topics": get_topics,
    "raw": raw,
}


async def main() -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            answer["result"] = await CALLS[request["call"]](**request.get("args", {}))
        except Exception as error:  # whatever it is, the test decides what it means
            answer["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)


asyncio.run(main())
