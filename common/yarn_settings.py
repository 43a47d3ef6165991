"""Finds out before a JVM starts whether there is a YARN cluster that can be submitted to.

Spark's own client says so only after minutes of trying, or in a page of Java.
"""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from xml.etree import ElementTree

from common import addresses
from common import errors

_FOLDERS = ('HADOOP_CONF_DIR', 'YARN_CONF_DIR')
_FILE = 'yarn-site.xml'
_CORE_FILE = 'core-site.xml'
_PORT = 8032


def read_properties(folder: str, name: str = _FILE) -> dict[str, str]:
    """Returns the properties of a file such as yarn-site.xml.

    Args:
        folder: of the configuration of Hadoop.
        name: of the file in it.

    Raises:
        InputError: when there is none, or it is damaged.
    """
    path = pathlib.Path(folder, name)
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
    return {key.strip(): (value or '').strip() for key, value in found if key}


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


def check(environment: Mapping[str, str], staging: str = '', keytab: str = '') -> None:
    """Makes sure that a program can be submitted, and that a ResourceManager answers.

    Args:
        environment: variables of the process.
        staging: folder for what goes along, where not that of the default file system.
        keytab: file with the user's key for Kerberos, where given.

    Raises:
        InputError: when something is missing.
    """
    folder = next((environment[name] for name in _FOLDERS if environment.get(name)), '')
    if not folder:
        raise errors.InputError(
            'the master is yarn, and nothing says where it is; set HADOOP_CONF_DIR to the folder '
            "of the cluster's yarn-site.xml and core-site.xml"
        )
    managers = resource_managers(read_properties(folder))
    core = read_properties(folder, _CORE_FILE)
    _check_staging(core, staging, folder)
    if core.get('hadoop.security.authentication', '').lower() == 'kerberos' and not keytab:
        _check_ticket()
    _check_answer(managers, folder)


def _check_staging(core: Mapping[str, str], staging: str, folder: str) -> None:
    default = core.get('fs.defaultFS') or core.get('fs.default.name') or 'file:///'
    if default.startswith('file:') and not staging:
        raise errors.InputError(
            f"{folder}/{_CORE_FILE} names no fs.defaultFS that the cluster's machines share, so "
            'they would not find what goes along; name it there, or a folder that they have '
            'mounted by --conf spark.yarn.stagingDir=file:///FOLDER'
        )


def _check_ticket() -> None:
    """Raises InputError where klist says that the user has no ticket that is still good."""
    klist = shutil.which('klist')
    if klist and subprocess.run([klist, '-s'], check=False, timeout=60).returncode != 0:
        raise errors.InputError(
            'the cluster wants Kerberos, and there is no ticket; run kinit first, or add '
            '--principal and --keytab'
        )


def _check_answer(managers: Iterable[tuple[str, int]], folder: str) -> None:
    if failures := addresses.unreachable(f'{host}:{port}' for host, port in managers):
        raise errors.InputError(
            f'no ResourceManager answers at {failures}, as {folder}/{_FILE} has it; is this '
            'machine in the network of the cluster?'
        )


if __name__ == '__main__':
    try:
        check(os.environ, *sys.argv[1:])
    except errors.InputError as error:
        sys.exit(f'spark_submit.sh: error: {error}')
