"""The demo finds a port, also right after it was stopped."""

import socket
import threading

import pytest

from wangge.api.cli.demo import _free_port


@pytest.fixture
def port() -> int:
    """A port that a server on this machine has just used, with a connection that lingers."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", 0))
    server.listen()
    port = int(server.getsockname()[1])

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.recv(1)

    client = threading.Thread(target=visit)
    client.start()
    accepted, _ = server.accept()
    accepted.close()  # the server closes first, so the connection lingers on its side
    client.join()
    server.close()
    return port


def test_a_port_just_left_is_taken_again(port: int) -> None:
    assert _free_port("127.0.0.1", port) == port


def test_another_port_when_it_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        found = _free_port("127.0.0.1", taken)
        assert found not in {0, taken}
