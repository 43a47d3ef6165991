"""Checks outputs on a remote folder; a step of tests/spark_chain.py, so that no JVM starts for it.

python tests/remote_outputs.py viewfs://… /where/it/is/mounted
"""

import os
import sys

from common import atomic
from common import errors
from common import file_systems
from common import hadoop_files
from common import records
from common import spark
from common import spark_output
from common.pb import nlp_pb2


def _make_meanwhile(make, path):
    """Makes an output that another run makes as well, and sooner; returns what is said."""
    try:
        with make(path) as temporary:
            file_systems.of(temporary).write_text(
                f'{temporary}/mine' if make is atomic.output_directory else temporary, 'mine'
            )
            with make(path) as other:
                file_systems.of(other).write_text(
                    f'{other}/first' if make is atomic.output_directory else other, 'first'
                )
    except errors.InputError as error:
        return str(error)
    return 'nothing'


def _check_race(remote, mounted):
    for make, name in ((atomic.output_directory, 'folder'), (atomic.output_file, 'file')):
        said = _make_meanwhile(make, f'{remote}/{name}')
        assert said == f'{remote}/{name} was made by another run meanwhile; left as it is', said
    assert file_systems.of(remote).names(f'{remote}/folder') == ['first']
    with open(f'{mounted}/file', encoding='utf-8') as file:
        assert file.read() == 'first'
    with atomic.output_file(f'{remote}/file', overwrite=True) as temporary:
        file_systems.of(temporary).write_text(temporary, 'second')
    with open(f'{mounted}/file', encoding='utf-8') as file:
        assert file.read() == 'second'
    visible = [name for name in os.listdir(mounted) if not name.endswith('.crc')]
    assert sorted(visible) == ['file', 'folder'], visible


def _check_numbers(remote, mounted):
    """Partitions become the parts that numbers says, not those of their own places."""
    order = [2, 0, 3, 1]
    with spark.context('remote_outputs') as sc:
        payloads = [nlp_pb2.TokenStat(index=number).SerializeToString() for number in order]
        rdd = sc.parallelize([('', payload) for payload in payloads], len(order))
        for path in (f'{remote}/numbered', f'{mounted}/by_workers'):
            spark_output.write_tagged(rdd, path, {'': nlp_pb2.TokenStat}, numbers=order)
    for name in ('numbered', 'by_workers'):
        data = records.open_dataset(f'{mounted}/{name}', nlp_pb2.TokenStat)
        assert [stat.index for stat in records.read(data)] == [0, 1, 2, 3], name
        assert [os.path.basename(path) for path in data.parts] == [
            records.part_name(number) for number in range(4)
        ]


def _check_refusal_elsewhere(remote):
    file_systems.enable_remote(None)
    try:
        records.open_dataset(f'{remote}/numbered', nlp_pb2.TokenStat)
    except errors.InputError as error:
        assert f'hdfs dfs -get {remote}/numbered' in str(error), error
    else:
        raise AssertionError('a remote path was read')


def main(remote, mounted):
    """Makes outputs in an empty remote folder, and looks at them where it is mounted."""
    hadoop_files.enable()
    os.makedirs(mounted)
    _check_race(remote, mounted)
    _check_numbers(remote, mounted)
    _check_refusal_elsewhere(remote)


if __name__ == '__main__':
    main(*sys.argv[1:])
