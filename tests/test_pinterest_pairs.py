"""Tests of pinterest/pairs.py, categories.py and json_files.py."""

import gzip
import json
import os
import pathlib

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import datasets
from common import errors
from pinterest import categories
from pinterest import identifiers
from pinterest import pairs
from tests import hostile

_BOX = [0.25, 0, 1, 0.5]
_FIELDS = {'product': 'p1', 'scene': 's1', 'bbox': _BOX}


def _line(**changes):
    return json.dumps(_FIELDS | changes).encode()


_ANY_LINE = (
    hostile.changed(_FIELDS).map(lambda fields: json.dumps(fields).encode())
    | hostile.damaged([_line(), gzip.compress(_line())])
    | strategies.just(b'{"scene": "a", "scene": "b", "product": "c", "bbox": [0, 0, 1, 1]}')
)


class _FilesTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _write(self, *lines, name='in.json'):
        path = self.folder / name
        path.write_bytes(b'\n'.join(lines))
        return str(path)


class PairsTest(_FilesTest):
    def _read(self, *lines, limit=0, **options):
        bad = datasets.BadRecords(limit)
        return pairs.read_pairs(self._write(*lines), bad, **options), bad

    def test_in_order_each_once_and_back(self):
        lines = [_line(), _line(scene='s-2_'), b' ', _line(), _line(bbox=[0, 0, 1, 1])]
        found, bad = self._read(*lines)
        self.assertEqual(
            found,
            [
                pairs.Pair('s1', 'p1', (0.25, 0.0, 1.0, 0.5)),
                pairs.Pair('s-2_', 'p1', (0.25, 0.0, 1.0, 0.5)),
                pairs.Pair('s1', 'p1', (0.0, 0.0, 1.0, 1.0)),
            ],
        )
        self.assertEqual(bad.total(), 0)
        again, _ = self._read(*(pairs.to_json(pair).encode() for pair in found))
        self.assertEqual(again, found)

    def test_gzip_and_max_lines(self):
        path = self._write(gzip.compress(b'\n'.join([_line(), _line(scene='b'), b'nope'])))
        found = pairs.read_pairs(path, datasets.BadRecords(0), max_lines=2)
        self.assertEqual([pair.scene for pair in found], ['s1', 'b'])

    @parameterized.parameters(
        (b'nope', 'not JSON'),
        (b'\xff', 'not JSON'),
        (b'[' * 100000, 'not JSON'),
        (b'[1]', 'not an object with'),
        (b'{"scene": "a", "product": "b"}', 'not an object with'),
        (_line(scene='../a'), 'identifier'),
        (_line(product='a/b'), 'identifier'),
        (_line(product='<b>'), 'identifier'),
        (_line(product='a\n'), 'identifier'),
        (_line(product='é'), 'identifier'),
        (_line(product=''), 'identifier'),
        (_line(product='x' * 129), 'identifier'),
        (_line(product=7), 'identifier'),
        (_line(bbox=[0, 0, 1]), 'four numbers'),
        (_line(bbox='0011'), 'four numbers'),
        (_line(bbox=[0, 0, True, 1]), 'four numbers'),
        (_line(bbox=[0, 0, '1', 1]), 'four numbers'),
        (_line(bbox=[0, 0, 1.5, 1]), 'outside'),
        (_line(bbox=[-0.1, 0, 1, 1]), 'outside'),
        (_line(bbox=[0, 0, float('nan'), 1]), 'outside'),
        (_line(bbox=[0, 0, 10**400, 1]), 'outside'),
        (_line(bbox=[0.5, 0, 0.5, 1]), 'without extent'),
        (_line(bbox=[0, 1, 1, 0]), 'without extent'),
    )
    def test_bad_lines_are_counted_and_named(self, line, reason):
        found, bad = self._read(_line(), line, limit=1)
        self.assertLen(found, 1)
        self.assertRegex(bad.summary(), f'^1 in .*: .*{reason}')
        with self.assertRaisesRegex(errors.InputError, f'line 2: .*{reason}.*--max_bad_records=0'):
            self._read(_line(), line)

    def test_rounding_is_clipped(self):
        (pair,), _ = self._read(_line(bbox=[-0.0001, 0.1, 1.0001, 0.2]))
        self.assertEqual(pair.bbox, (0.0, 0.1, 1.0, 0.2))

    def test_unknown_products(self):
        with self.assertRaisesRegex(errors.InputError, 'line 1: a product without a category'):
            self._read(_line(), categories={'p2': 'x'})

    def test_files_that_cannot_be_used(self):
        for content in (b'', b'\n\n'):
            with self.assertRaisesRegex(errors.InputError, 'holds no pair'):
                self._read(content)
        with self.assertRaisesRegex(errors.InputError, 'damaged or cut off'):
            self._read(gzip.compress(_line() * 9)[:-9])
        with self.assertRaisesRegex(errors.InputError, 'line 1: over 1 MiB'):
            self._read(_line() * 20000)

    @hostile.settings(120)
    @hypothesis.given(strategies.lists(_ANY_LINE, min_size=1, max_size=4))
    def test_any_lines(self, lines):
        bad = hostile.tolerant()
        path = self._write(b'\n'.join(lines))
        found = []
        if hostile.accepted(lambda: found.extend(pairs.read_pairs(path, bad))):
            for pair in found:
                self.assertEqual(json.loads(pairs.to_json(pair))['bbox'], list(pair.bbox))
                self.assertTrue(all(0 <= number <= 1 for number in pair.bbox))


class CategoriesTest(_FilesTest):
    def _read(self, content, limit=0):
        bad = datasets.BadRecords(limit)
        return categories.read_categories(self._write(content), bad), bad

    @hostile.settings(120)
    @hypothesis.given(
        hostile.damaged([b'id,category\np,"A, B"\nq,\n', gzip.compress(b'{"p": "A"}'), b''])
        | strategies.dictionaries(strategies.just('p') | hostile.texts, hostile.values).map(
            lambda entries: json.dumps(entries).encode()
        )
    )
    def test_any_file(self, content):
        bad = hostile.tolerant()
        path = self._write(content)
        found = {}
        hostile.accepted(lambda: found.update(categories.read_categories(path, bad)))
        for product, category in found.items():
            self.assertTrue(identifiers.is_valid(product))
            self.assertIsInstance(categories.leaf(category), str)

    def test_read(self):
        content = b'{"b": "A & B|C", "a": "A", "b": "A & B|C"}'
        for data in (content, gzip.compress(content)):
            found, _ = self._read(data)
            self.assertEqual(list(found.items()), [('b', 'A & B|C'), ('a', 'A')])
        self.assertEqual([categories.leaf(name) for name in found.values()], ['C', 'A'])

    @parameterized.parameters(
        ('{"a": "A", "../x": "A"}', 'identifier'),
        ('{"a": "A", "b": 3}', 'no text'),
        ('{"a": "A", "b": " "}', 'no text'),
        ('{"a": "A", "b": {"c": "d"}}', 'no text'),
        ('{"a": "A", "a": "B"}', 'several categories'),
    )
    def test_bad_entries(self, content, reason):
        found, bad = self._read(content.encode(), limit=1)
        self.assertEqual(found, {'a': 'A'})
        self.assertIn(reason, bad.summary())
        with self.assertRaisesRegex(errors.InputError, f'entry 2: .*{reason}'):
            self._read(content.encode())

    def test_csv(self):
        content = '\ufeffid,category\r\nb,"A, B|C"\r\n\r\na,\r\n c , A|D \r\nd'
        for data in (content, content.lower().replace('\ufeff', '')):
            found, _ = self._read(data.encode())
            self.assertEqual(list(found), ['b', 'a', 'c', 'd'])
        found, _ = self._read(content.encode())
        self.assertEqual(list(found.values()), ['A, B|C', '', 'A|D', ''])
        self.assertEqual(self._read(b'id\nx\ny')[0], {'x': '', 'y': ''})

    @parameterized.parameters(
        ('../x,A', 'identifier'), (',A', 'identifier'), ('b,c,d', 'no text'), ('a,B', 'several')
    )
    def test_bad_rows(self, row, reason):
        found, bad = self._read(f'id,category\na,A\n{row}\n'.encode(), limit=1)
        self.assertEqual(found, {'a': 'A'})
        self.assertIn(reason, bad.summary())

    def test_csv_that_is_not_utf8(self):
        with self.assertRaisesRegex(errors.InputError, 'no CSV in UTF-8'):
            self._read(b'id,category\na,\xe9')

    @parameterized.parameters('', '[]', '3', '{"a": "b"', '[[1, 2]]', '[' * 100000)
    def test_files_that_cannot_be_used(self, content):
        with self.assertRaisesRegex(errors.InputError, 'one object from product to category'):
            self._read(content.encode())


@absltest.skipUnless(os.environ.get('RECSYS_DATA'), 'RECSYS_DATA names no folder of real data')
class RealCatalogueTest(absltest.TestCase):
    def test_shop_the_look(self):
        path = os.path.join(os.environ['RECSYS_DATA'], 'shop_the_look/stl-fashion-cat.json.gz')
        found = categories.read_categories(path, datasets.BadRecords(0))
        # The number that the folder's README gives.
        self.assertLen(found, 38111)
        self.assertIn('Apparel & Accessories|Shoes', found.values())


if __name__ == '__main__':
    absltest.main()
