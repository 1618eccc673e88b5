"""The same over TLS."""

from recording import sdk
from world import address, connect_as, credentials, equal, new_topic, place, poll_texts, promise, refused, send_texts


async def connect(**more):
    login = sdk.AutoLogin.username_password(*credentials())
    return await connect_as(login, tls_enabled=True, **more)


async def works(client) -> None:
    stream, topic = await new_topic(client)
    payload = "x" * 100_000
    await send_texts(client, stream, topic, "a", payload)
    equal(await poll_texts(client, stream, topic), ["a", payload])


@promise("works over TLS, with the certificate checked against its authority and name", needs="tls")
async def checked() -> None:
    ca_file = place["certificate_authority"]
    await works(await connect(tls_ca_file=ca_file, tls_domain="localhost"))
    user, password = credentials()
    text = f"iggy://{user}:{password}@{address()}?tls=true&tls_domain=localhost&tls_ca_file={ca_file}"
    by_text = sdk.IggyClient.from_connection_string(text)
    await by_text.connect()
    await works(by_text)


@promise("works over TLS with a certificate nobody checks", needs="tls")
async def unchecked() -> None:
    await works(await connect(tls_validate_certificate=False))


@promise("trusts no certificate for another name or from an unknown authority", needs="tls")
async def untrusted() -> None:
    await refused(
        "cannot establish", connect(tls_ca_file=place["certificate_authority"], tls_domain="example.org", retries=0)
    )
    await refused("cannot establish", connect(tls_domain="localhost", retries=0))


@promise("is not served without TLS where the broker speaks TLS only", needs="tls")
async def plain() -> None:
    await refused("connect", connect_as(sdk.AutoLogin.username_password(*credentials()), retries=0))
    await works(await connect(tls_validate_certificate=False))
