"""Writes a data set by tasks that fail, hang and lose their executor; a step of spark_chain.py.

python tests/unreliable_tasks.py OUTPUT, on a cluster of two executors with speculation. Before that
it asks the executors for what they do not have.
"""

import contextlib
import os
import signal
import sys
import time
from unittest import mock

from common import errors
from common import part_writer
from common import preflight
from common import records
from common import spark
from common import spark_output
from common.pb import nlp_pb2

_PARTS, _RECORDS = 6, 50
_FAILS_WHILE_WRITING, _FAILS_AFTER_WRITING, _HANGS, _LOSES_EXECUTOR = range(4)
_TAGS = ('', 'redirects')


def _first(marks, what):
    """Returns whether this is the first task that asks; tasks of other executors ask, too."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(os.path.join(marks, str(what)), os.O_CREAT | os.O_EXCL))
        return True
    return False


def _fail_after_writing():
    """Makes the writer of this process raise, once, when its part has its name already."""
    leave = part_writer.PartWriter.__exit__

    def leave_and_fail(writer, *error):
        leave(writer, *error)
        part_writer.PartWriter.__exit__ = leave
        raise RuntimeError('failed after writing')

    part_writer.PartWriter.__exit__ = leave_and_fail


def _kill_executor():
    """Kills the JVM that this worker's daemon belongs to."""
    with open(f'/proc/{os.getppid()}/stat', encoding='utf-8') as file:
        executor = int(file.read().rpartition(')')[2].split()[1])
    os.kill(executor, signal.SIGKILL)
    time.sleep(60)


def _misbehave(number, marks, tagged):
    """Yields what it gets; some partitions come to grief the first time."""
    first = number <= _LOSES_EXECUTOR and _first(marks, number)
    if first and number == _FAILS_AFTER_WRITING:
        _fail_after_writing()
    for place, item in enumerate(tagged):
        if first and place == _RECORDS // 2:
            if number == _FAILS_WHILE_WRITING:
                raise RuntimeError('failed while writing')
            if number == _HANGS:
                time.sleep(600)
            if number == _LOSES_EXECUTOR:
                _kill_executor()
        yield item


def _records(number):
    for index in range(_RECORDS):
        payload = nlp_pb2.TokenStat(index=number * _RECORDS + index).SerializeToString()
        yield number, (_TAGS[index % 2], payload)


def _check_preflight(sc):
    """Makes the driver another than the executors."""
    environment = {**preflight.describe_environment(), 'numpy': '1.0'}
    for other, expected in (
        (mock.patch.object(preflight, 'describe_environment', lambda: environment), 'not 1.0 as'),
        (mock.patch.object(os.path, 'getsize', return_value=7), '7 on the driver'),
    ):
        try:
            with other:
                preflight.check(sc, [__file__], [])
        except errors.InputError as error:
            assert 'the executor on' in str(error) and expected in str(error), error
        else:
            raise AssertionError(f'nobody said: {expected}')


def main(output):
    """Writes, and checks that each record is there once."""
    marks = f'{output}-marks'
    os.makedirs(marks)
    with spark.context('unreliable_tasks', writes=[output]) as sc:
        assert preflight.has_executors(sc), sc.master
        _check_preflight(sc)
        # By way of a shuffle, of which the lost executor takes a part along.
        shuffled = sc.parallelize(range(_PARTS), _PARTS).flatMap(_records).partitionBy(_PARTS, int)
        tagged = shuffled.mapPartitionsWithIndex(
            lambda number, pairs: _misbehave(number, marks, (item for _, item in pairs))
        )
        metas = spark_output.write_tagged(tagged, output, dict.fromkeys(_TAGS, nlp_pb2.TokenStat))
    assert sorted(os.listdir(marks)) == [str(number) for number in range(4)], os.listdir(marks)
    for place, tag in enumerate(_TAGS):
        data = records.open_dataset(os.path.join(output, tag), nlp_pb2.TokenStat)
        found = [stat.index for stat in records.read(data)]
        assert sorted(found) == list(range(place, _PARTS * _RECORDS, 2)), (tag, found)
        assert metas[tag].records == len(found)
    names = sorted(os.listdir(output))
    parts = [records.part_name(number) for number in range(_PARTS)]
    assert names == sorted(['_SUCCESS', '_meta.json', 'redirects', *parts]), names


if __name__ == '__main__':
    main(*sys.argv[1:])
