"""The settings of the client: read back as given, refused when they make no sense; transports nobody serves here."""

from datetime import timedelta

from recording import sdk
from world import credentials, equal, promise, raises, refused

MOMENT = timedelta(milliseconds=100)


@promise("keeps the settings of a TCP connection as given")
async def tcp() -> None:
    user, password = credentials()
    login = sdk.AutoLogin.username_password(user, password)
    equal((login.enabled, login.username), (True, user))
    disabled = sdk.AutoLogin.disabled()
    equal((disabled.enabled, disabled.username), (False, None))
    token = sdk.AutoLogin.personal_access_token("secret")
    equal((token.enabled, token.username), (True, None))

    reconnection = sdk.TcpReconnectionConfig(enabled=True, max_retries=3, interval=MOMENT, reestablish_after=2 * MOMENT)
    equal((reconnection.enabled, reconnection.max_retries), (True, 3))
    equal((reconnection.interval, reconnection.reestablish_after), (MOMENT, 2 * MOMENT))
    config = sdk.TcpConfig(
        server_address="127.0.0.1:1",
        auto_login=login,
        reconnection=reconnection,
        heartbeat_interval=3 * MOMENT,
        tls_enabled=False,
        tls_domain="example.org",
        tls_ca_file="ca.pem",
        tls_validate_certificate=False,
        nodelay=True,
    )
    equal((config.server_address, config.heartbeat_interval, config.nodelay), ("127.0.0.1:1", 3 * MOMENT, True))
    equal((config.tls_enabled, config.tls_domain, config.tls_ca_file), (False, "example.org", "ca.pem"))
    equal((config.tls_validate_certificate, config.auto_login.username), (False, user))
    equal(config.reconnection.max_retries, 3)
    raises(ValueError, lambda: sdk.TcpConfig(server_address="nowhere"))
    raises(ValueError, lambda: sdk.TcpConfig(heartbeat_interval=timedelta(0)))
    raises(RuntimeError, lambda: sdk.IggyClient("nowhere"))


@promise("keeps the settings of the other transports as given, and finds nobody there")
async def other_transports() -> None:
    once = {"enabled": False, "max_retries": 0, "interval": MOMENT, "reestablish_after": MOMENT}
    quic_reconnection = sdk.QuicReconnectionConfig(**once)
    quic = sdk.QuicConfig(
        server_address="127.0.0.1:1",
        client_address="127.0.0.1:0",
        server_name="localhost",
        auto_login=sdk.AutoLogin.disabled(),
        reconnection=quic_reconnection,
        heartbeat_interval=MOMENT,
        response_buffer_size=1000,
        max_concurrent_bidi_streams=10,
        datagram_send_buffer_size=2000,
        initial_mtu=1300,
        send_window=3000,
        receive_window=4000,
        keep_alive_interval=MOMENT,
        max_idle_timeout=MOMENT,
        validate_certificate=True,
    )
    equal((quic.server_address, quic.client_address, quic.server_name), ("127.0.0.1:1", "127.0.0.1:0", "localhost"))
    equal((quic.auto_login.enabled, quic.heartbeat_interval, quic.response_buffer_size), (False, MOMENT, 1000))
    equal((quic.max_concurrent_bidi_streams, quic.datagram_send_buffer_size, quic.initial_mtu), (10, 2000, 1300))
    equal((quic.send_window, quic.receive_window, quic.keep_alive_interval), (3000, 4000, MOMENT))
    equal((quic.max_idle_timeout, quic.validate_certificate), (MOMENT, True))

    framing = sdk.WebSocketFramingConfig(
        read_buffer_size=1000,
        write_buffer_size=2000,
        max_write_buffer_size=3000,
        max_message_size=4000,
        max_frame_size=5000,
        accept_unmasked_frames=True,
    )
    equal((framing.read_buffer_size, framing.write_buffer_size, framing.max_write_buffer_size), (1000, 2000, 3000))
    equal((framing.max_message_size, framing.max_frame_size, framing.accept_unmasked_frames), (4000, 5000, True))
    web_reconnection = sdk.WebSocketReconnectionConfig(**once)
    web = sdk.WebSocketConfig(
        server_address="127.0.0.1:1",
        auto_login=sdk.AutoLogin.disabled(),
        reconnection=web_reconnection,
        heartbeat_interval=MOMENT,
        framing=framing,
        tls_enabled=False,
        tls_domain="localhost",
        tls_ca_file="ca.pem",
        tls_validate_certificate=True,
    )
    equal((web.server_address, web.auto_login.enabled, web.heartbeat_interval), ("127.0.0.1:1", False, MOMENT))
    equal((web.framing.max_frame_size, web.tls_enabled, web.tls_domain), (5000, False, "localhost"))
    equal((web.tls_ca_file, web.tls_validate_certificate), ("ca.pem", True))
    for reconnection in (quic.reconnection, web.reconnection):
        equal((reconnection.enabled, reconnection.max_retries), (False, 0))
        equal((reconnection.interval, reconnection.reestablish_after), (MOMENT, MOMENT))

    http = sdk.HttpConfig(api_url="http://127.0.0.1:1", retries=0, jwt="token", heartbeat_interval=MOMENT)
    equal((http.api_url, http.retries, http.has_jwt, http.heartbeat_interval), ("http://127.0.0.1:1", 0, True, MOMENT))

    await refused("cannot establish", sdk.IggyClient(quic).connect())
    await refused("cannot establish", sdk.IggyClient(web).connect())
    await refused("http", sdk.IggyClient(http).ping())


@promise("keeps the settings of producers as given")
async def producers() -> None:
    direct = sdk.DirectProducerConfig(batch_length=7, linger_time=MOMENT)
    equal((direct.batch_length, direct.linger_time), (7, MOMENT))
    block, patient = sdk.BackpressureMode.block(), sdk.BackpressureMode.block_with_timeout(MOMENT)
    equal((block.timeout, patient.timeout, sdk.BackpressureMode.fail_immediately().timeout), (None, MOMENT, None))
    background = sdk.BackgroundProducerConfig(
        num_shards=2,
        linger_time=MOMENT,
        batch_size=1000,
        batch_length=10,
        max_buffer_size=2000,
        failure_mode=patient,
        max_in_flight=3,
        sharding=sdk.ProducerSharding.BALANCED,
    )
    equal((background.num_shards, background.linger_time, background.batch_size), (2, MOMENT, 1000))
    equal((background.batch_length, background.max_buffer_size, background.max_in_flight), (10, 2000, 3))
    equal((background.failure_mode, background.sharding), (patient, sdk.ProducerSharding.BALANCED))
    assert background.sharding != sdk.ProducerSharding.ORDERED
