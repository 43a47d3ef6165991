"""Whether anything listens at an address of the network."""

import socket
from collections.abc import Iterable

_SECONDS = 5.0


def unreachable(addresses: Iterable[str]) -> str:
    """Returns why none of some servers that stand in for one another can be reached.

    Args:
        addresses: of the servers, each as host:port.

    Returns:
        Each address with its reason; empty when one of them listens.
    """
    failures = []
    for address in addresses:
        host, _, port = address.rpartition(':')
        try:
            with socket.create_connection((host.strip('[]'), int(port)), _SECONDS):
                return ''
        except (ValueError, OverflowError):
            failures.append(f'{address} (not host:port)')
        except OSError as error:
            failures.append(f'{address} ({error.strerror or error})')
    return ', '.join(failures)
