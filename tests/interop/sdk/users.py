"""Users, what they may do, and logins with a token."""

from recording import sdk
from world import connect, connect_as, equal, new_topic, poll_texts, promise, refused, send_texts, text, unique

PASSWORD = "a password"


def name() -> str:
    """At most 50 bytes."""
    return unique("u")[:30]


async def connect_user(username: str, password: str = PASSWORD):
    return await connect_as(sdk.AutoLogin.username_password(username, password))


@promise("creates, finds, lists, renames and deletes users")
async def accounts() -> None:
    root = await connect()
    user = name()
    created = await root.create_user(user, PASSWORD)
    equal((created.username, created.status, created.permissions), (user, sdk.UserStatus.Active, None))
    found = await root.get_user(created.id)
    equal((found.id, found.username, found.created_at), (created.id, user, created.created_at))
    [listed] = [it for it in await root.get_users() if it.username == user]
    equal((listed.id, listed.status, listed.created_at), (created.id, sdk.UserStatus.Active, created.created_at))
    await refused("already exists", root.create_user(user, PASSWORD))

    renamed = name()
    await root.update_user(user, username=renamed)
    equal(await root.get_user(user), None)
    await connect_user(renamed)
    await root.delete_user(renamed)
    equal(await root.get_user(renamed), None)
    await refused("credentials", connect_user(renamed))
    await refused("not found", root.delete_user(renamed))
    await refused("cannot delete", root.delete_user(0))


@promise("lets nobody in who is inactive, or has the old password")
async def logins() -> None:
    root = await connect()
    user = name()
    await root.create_user(user, PASSWORD, sdk.UserStatus.Inactive)
    equal((await root.get_user(user)).status, sdk.UserStatus.Inactive)
    await refused("credentials", connect_user(user))
    await root.update_user(user, status=sdk.UserStatus.Active)
    own = await connect_user(user)

    await refused("credentials", own.change_password(user, "not the password", "another password"))
    await own.change_password(user, PASSWORD, "another password")
    await refused("credentials", connect_user(user))
    await connect_user(user, "another password")


@promise("keeps permissions as given, for all streams, for one, and for a topic")
async def permission_trees() -> None:
    root = await connect()
    user = name()
    flags = ["manage_servers", "read_servers", "manage_users", "read_users", "manage_streams", "read_streams"]
    flags += ["manage_topics", "read_topics", "poll_messages", "send_messages"]
    for index in range(len(flags)):
        every_other = {flag: at % 2 == index % 2 for at, flag in enumerate(flags)} | {flags[index]: True}
        topic = sdk.TopicPermissions(
            manage_topic=index == 1, read_topic=True, poll_messages=index == 2, send_messages=True
        )
        stream = sdk.StreamPermissions(
            manage_stream=index == 3,
            read_stream=True,
            manage_topics=index == 4,
            read_topics=index == 5,
            poll_messages=True,
            send_messages=index == 6,
            topics={4: topic, 1: sdk.TopicPermissions()},
        )
        given = sdk.Permissions(sdk.GlobalPermissions(**every_other), {7: stream, 2: sdk.StreamPermissions()})
        if index == 0:
            equal((await root.create_user(user, PASSWORD, permissions=given)).permissions, given)
        await root.update_permissions(user, given)
        kept = (await root.get_user(user)).permissions
        equal(kept, given)
        equal({flag: getattr(kept.global_permissions, flag) for flag in flags}, every_other)
        of_stream = kept.streams[7]
        equal((of_stream.manage_stream, of_stream.read_stream, of_stream.manage_topics), (index == 3, True, index == 4))
        equal((of_stream.read_topics, of_stream.poll_messages, of_stream.send_messages), (index == 5, True, index == 6))
        of_topic = of_stream.topics[4]
        equal((of_topic.manage_topic, of_topic.read_topic), (index == 1, True))
        equal((of_topic.poll_messages, of_topic.send_messages), (index == 2, True))
    await root.update_permissions(user, None)
    equal((await root.get_user(user)).permissions, None)


@promise("allows a user what it may do, refuses what it may not, and follows a change at once")
async def enforcement() -> None:
    root = await connect()
    stream, topic = await new_topic(root)
    other, _ = await new_topic(root)
    await send_texts(root, stream, topic, "a")
    user = name()
    await root.create_user(user, PASSWORD)
    own = await connect_user(user)
    unauthorized = "unauthorized"

    await own.ping()
    for call in (own.get_streams(), own.get_stats(), own.get_users(), own.create_stream(unique("no"))):
        await refused(unauthorized, call)
    await refused(unauthorized, poll_texts(own, stream, topic))

    id = (await root.get_stream(stream)).id
    poll_one = sdk.StreamPermissions(poll_messages=True)
    await root.update_permissions(user, sdk.Permissions(streams={id: poll_one}))
    equal(await poll_texts(own, stream, topic), ["a"])
    await refused(unauthorized, poll_texts(own, other, topic))
    await refused(unauthorized, send_texts(own, stream, topic, "b"))

    send_topic = sdk.StreamPermissions(topics={0: sdk.TopicPermissions(send_messages=True)})
    await root.update_permissions(user, sdk.Permissions(streams={id: send_topic}))
    await send_texts(own, stream, topic, "b")
    await refused(unauthorized, poll_texts(own, stream, topic))
    await refused(unauthorized, own.delete_topic(stream, topic))

    everywhere = sdk.GlobalPermissions(manage_streams=True, read_users=True, read_servers=True)
    await root.update_permissions(user, sdk.Permissions(everywhere))
    equal(await poll_texts(own, stream, topic), ["a", "b"])
    await own.delete_topic(stream, topic)
    await own.delete_stream(other)
    await own.get_users()
    await own.get_stats()
    await refused(unauthorized, own.create_user(name(), PASSWORD))


@promise("lets a client in with a personal access token, until it is deleted")
async def tokens() -> None:
    user = name()
    root = await connect()
    await root.create_user(user, PASSWORD, permissions=sdk.Permissions(sdk.GlobalPermissions(read_streams=True)))
    owner = await connect_user(user)
    never = (0).to_bytes(8, "little")
    reply = await owner.send_binary_request(42, text("ci") + never)
    token = reply[1 : 1 + reply[0]].decode()
    await refused("already exists", owner.send_binary_request(42, text("ci") + never))
    assert text("ci") in await owner.send_binary_request(41, b"")

    client = await connect_as(sdk.AutoLogin.personal_access_token(token))
    await client.get_streams()
    await refused("unauthorized", client.get_users())

    await owner.send_binary_request(43, text("ci"))
    await refused("token", connect_as(sdk.AutoLogin.personal_access_token(token)))
