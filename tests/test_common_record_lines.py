"""Hostile record files: whatever they hold, records are counted or an InputError says why not."""

import bz2

import hypothesis
from absl.testing import absltest
from hypothesis import strategies

from common import datasets
from common import errors
from common import metadata
from common import record_lines
from common import records
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from tests import hostile
from wikipedia import cooccurrence_reader

_DOCUMENT = nlp_pb2.TextDocument(primary='d', secondary=['e'], tokens=['x'] * 5, url='é\n')
_LINES = record_lines.encode_line(_DOCUMENT.SerializeToString()) * 3
_FILE = bz2.compress(_LINES)
_PART = metadata.Part('x', 3, '0' * 64)


def _dataset(message=nlp_pb2.TextDocument, known=None):
    return datasets.Dataset('x', message, ('x',), known or {}, None, hostile.tolerant())


class RecordLinesTest(absltest.TestCase):
    @hostile.settings()
    @hypothesis.given(strategies.lists(strategies.binary(max_size=200)))
    def test_round_trip(self, payloads):
        content = bz2.compress(b''.join(map(record_lines.encode_line, payloads)))
        lines = record_lines.read_lines('x', 1, _Ignored(), hostile.tolerant(), content=content)
        self.assertEqual([record_lines.decode_line(line) for line in lines], payloads)

    @hostile.settings(300)
    @hypothesis.given(strategies.binary() | hostile.damaged([_LINES]))
    def test_any_line(self, line):
        try:
            payload = record_lines.decode_line(line.strip(b'\n'))
        except ValueError:
            return
        # Nothing is passed over: a line is as long as what encode_line writes.
        self.assertEqual(len(record_lines.encode_line(payload)), len(line.strip(b'\n')) + 1)

    @hostile.settings(300)
    @hypothesis.given(strategies.data())
    def test_any_file(self, data):
        content = data.draw(hostile.damaged([_FILE, _FILE * 2, b'BZh9', b'']))
        if data.draw(strategies.booleans()):
            content = bz2.compress(data.draw(hostile.damaged([_LINES])))
        known = {'x': _PART} if data.draw(strategies.booleans()) else {}
        dataset = _dataset(known=known)
        found = []

        def read():
            found.extend(records.read(dataset, content=content))

        taken = hostile.accepted(read)
        for message in found:
            repr(message)
        if taken and content != _FILE and len(found) < 3:
            lost = dataset.bad.total()
            self.assertTrue(lost or not known, 'records are missing, and nothing says so')

    def test_what_expands_a_thousandfold_takes_little_memory(self):
        # 64 MB of one letter in a few hundred bytes: a line without an end.
        content = bz2.compress(b'A' * (64 << 20))
        with absltest.mock.patch.object(record_lines, '_MAX_LINE_BYTES', 8 << 20):
            with self.assertRaisesRegex(errors.InputError, 'over 8 MiB; it holds no records'):
                list(records.read(_dataset(), content=content))


class ArraysTest(absltest.TestCase):
    """Readers that decode payloads into arrays by themselves."""

    @hostile.settings(200)
    @hypothesis.given(
        hostile.damaged(
            [
                nlp_pb2.CooccurrenceRow(
                    index=5, other_index=[1, 300], count=[0.5, 2.0]
                ).SerializeToString(),
                recsys_pb2.PackedCooccurrenceRow(
                    index=1 << 63, other_index=b'\xff' * 9 + b'\x01', count=b'\x00\x00\xc0\x7f'
                ).SerializeToString(),
            ]
        )
    )
    def test_pairs(self, payload):
        with absltest.mock.patch.object(records, 'read_payloads', return_value=[payload]):
            dataset = _dataset(nlp_pb2.CooccurrenceRow)
            hostile.accepted(cooccurrence_reader.read_pairs, dataset, 70_000)


class _Ignored:
    def update(self, data):
        del data


if __name__ == '__main__':
    absltest.main()
