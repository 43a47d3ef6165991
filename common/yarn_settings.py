"""Finds out before a JVM starts whether there is a YARN cluster to submit to.

Spark's own client says so only after minutes of trying, or in a page of Java.
"""

import contextlib
import os
import pathlib
import socket
import sys
from collections.abc import Mapping
from xml.etree import ElementTree

from common import errors

_FOLDERS = ('HADOOP_CONF_DIR', 'YARN_CONF_DIR')
_FILE = 'yarn-site.xml'
_PORT = 8032
_SECONDS = 5.0


def read_properties(folder: str) -> dict[str, str]:
    """Returns the properties of yarn-site.xml.

    Args:
        folder: of the configuration of Hadoop.

    Raises:
        InputError: when there is none, or it is damaged.
    """
    path = pathlib.Path(folder, _FILE)
    try:
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise errors.InputError(
            f'{path} cannot be read ({error.strerror}); HADOOP_CONF_DIR must name the folder of '
            "the cluster's configuration"
        ) from error
    except ElementTree.ParseError as error:
        raise errors.InputError(f'{path} is not XML ({error})') from error
    found = ((item.findtext('name'), item.findtext('value')) for item in root.iter('property'))
    return {name.strip(): (value or '').strip() for name, value in found if name}


def resource_managers(properties: Mapping[str, str]) -> list[tuple[str, int]]:
    """Returns host and port of each ResourceManager; more than one when they stand in for another.

    Raises:
        InputError: when the properties name none.
    """
    ids = [name.strip() for name in properties.get('yarn.resourcemanager.ha.rm-ids', '').split(',')]
    managers = []
    for suffix in [f'.{name}' for name in ids if name] or ['']:
        address = properties.get(f'yarn.resourcemanager.address{suffix}', '')
        address = address or properties.get(f'yarn.resourcemanager.hostname{suffix}', '')
        host, _, port = address.replace(
            '${yarn.resourcemanager.hostname}', properties.get('yarn.resourcemanager.hostname', '')
        ).partition(':')
        if host and (port or str(_PORT)).isdecimal():
            managers.append((host, int(port or _PORT)))
    if not managers:
        raise errors.InputError(
            f'{_FILE} names no ResourceManager; it wants yarn.resourcemanager.hostname'
        )
    return managers


def check(environment: Mapping[str, str]) -> None:
    """Makes sure that a ResourceManager is named and answers.

    Args:
        environment: variables of the process.

    Raises:
        InputError: when none does.
    """
    folder = next((environment[name] for name in _FOLDERS if environment.get(name)), '')
    if not folder:
        raise errors.InputError(
            'the master is yarn, and nothing says where it is; set HADOOP_CONF_DIR to the folder '
            "of the cluster's yarn-site.xml and core-site.xml"
        )
    managers = resource_managers(read_properties(folder))
    failures = []
    for host, port in managers:
        try:
            with contextlib.closing(socket.create_connection((host, port), _SECONDS)):
                return
        except OSError as error:
            failures.append(f'{host}:{port} ({error})')
    raise errors.InputError(
        f'no ResourceManager answers at {", ".join(failures)}, as {folder}/{_FILE} has it; is this '
        'machine in the network of the cluster?'
    )


if __name__ == '__main__':
    try:
        check(os.environ)
    except errors.InputError as error:
        sys.exit(f'spark_submit.sh: error: {error}')
