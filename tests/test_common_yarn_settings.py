import contextlib
import os
import pathlib
import socket
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import yarn_settings


def _write(folder: str, properties: dict[str, str], name: str = 'yarn-site.xml') -> None:
    items = ''.join(
        f'<property><name>{name}</name><value>{value}</value></property>'
        for name, value in properties.items()
    )
    text = f'<?xml version="1.0"?><configuration>{items}</configuration>'
    pathlib.Path(folder, name).write_text(text, encoding='utf-8')


class ResourceManagersTest(parameterized.TestCase):
    @parameterized.parameters(
        ({'yarn.resourcemanager.hostname': 'rm.example'}, [('rm.example', 8032)]),
        ({'yarn.resourcemanager.address': 'rm.example:7'}, [('rm.example', 7)]),
        (
            {
                'yarn.resourcemanager.hostname': 'rm.example',
                'yarn.resourcemanager.address': '${yarn.resourcemanager.hostname}:9',
            },
            [('rm.example', 9)],
        ),
        (
            {
                'yarn.resourcemanager.ha.rm-ids': 'a, b',
                'yarn.resourcemanager.address.a': 'one.example:5',
                'yarn.resourcemanager.hostname.b': 'two.example',
            },
            [('one.example', 5), ('two.example', 8032)],
        ),
    )
    def test_reads_addresses(self, properties, expected):
        self.assertEqual(yarn_settings.resource_managers(properties), expected)

    def test_refuses_a_configuration_without_one(self):
        with self.assertRaisesRegex(errors.InputError, 'names no ResourceManager'):
            yarn_settings.resource_managers({'yarn.acl.enable': 'false'})


class CheckTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path
        _write(self.folder, {'fs.defaultFS': 'hdfs://names.example/'}, 'core-site.xml')

    def test_wants_a_configuration(self):
        with self.assertRaisesRegex(errors.InputError, 'set HADOOP_CONF_DIR'):
            yarn_settings.check({})

    @parameterized.parameters('HADOOP_CONF_DIR', 'YARN_CONF_DIR')
    def test_is_content_with_one_that_answers(self, name):
        with contextlib.closing(socket.create_server(('127.0.0.1', 0))) as server:
            address = f'127.0.0.1:{server.getsockname()[1]}'
            _write(self.folder, {'yarn.resourcemanager.address': address})
            yarn_settings.check({name: self.folder})

    def test_refuses_one_that_does_not_answer(self):
        with contextlib.closing(socket.create_server(('127.0.0.1', 0))) as server:
            address = f'127.0.0.1:{server.getsockname()[1]}'
        _write(self.folder, {'yarn.resourcemanager.address': address})
        with self.assertRaisesRegex(errors.InputError, f'no ResourceManager answers at {address}'):
            yarn_settings.check({'HADOOP_CONF_DIR': self.folder})

    def test_wants_files_that_the_cluster_finds(self):
        _write(self.folder, {'yarn.resourcemanager.address': '127.0.0.1:1'})
        _write(self.folder, {}, 'core-site.xml')
        environment = {'HADOOP_CONF_DIR': self.folder}
        with self.assertRaisesRegex(errors.InputError, 'core-site.xml names no fs.defaultFS'):
            yarn_settings.check(environment)
        with self.assertRaisesRegex(errors.InputError, 'no ResourceManager answers'):
            yarn_settings.check(environment, staging='file:///mounted/everywhere')

    def test_wants_a_ticket_of_kerberos_or_a_key(self):
        _write(self.folder, {'yarn.resourcemanager.address': '127.0.0.1:1'})
        core = {'fs.defaultFS': 'hdfs://names/', 'hadoop.security.authentication': 'kerberos'}
        _write(self.folder, core, 'core-site.xml')
        klist = pathlib.Path(self.folder, 'klist')
        environment = {'HADOOP_CONF_DIR': self.folder}
        with mock.patch.dict(os.environ, PATH=f'{self.folder}:/usr/bin:/bin'):
            for status, keytab, expected in (
                (1, '', 'run kinit first'),
                (0, '', 'no ResourceManager answers'),
                (1, 'my.keytab', 'no ResourceManager answers'),
            ):
                klist.write_text(f'#!/bin/sh\nexit {status}\n')
                klist.chmod(0o755)
                with self.assertRaisesRegex(errors.InputError, expected):
                    yarn_settings.check(environment, keytab=keytab)

    def test_refuses_what_is_missing_or_damaged(self):
        with self.assertRaisesRegex(errors.InputError, 'yarn-site.xml cannot be read'):
            yarn_settings.check({'HADOOP_CONF_DIR': self.folder})
        pathlib.Path(self.folder, 'yarn-site.xml').write_text('<configuration>', encoding='utf-8')
        with self.assertRaisesRegex(errors.InputError, 'is not XML'):
            yarn_settings.check({'HADOOP_CONF_DIR': self.folder})


if __name__ == '__main__':
    absltest.main()
