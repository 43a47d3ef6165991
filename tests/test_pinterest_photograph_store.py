"""Tests of pinterest/photograph_store.py."""

import os
import pathlib
from unittest import mock

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import datasets
from common import errors
from pinterest import pairs
from pinterest import photograph_store
from pinterest import photographs
from tests import photograph_samples as samples

_BOX = (0.5, 0.0, 1.0, 0.5)
_SIZE = 8


class StoreTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        contents = {f'{i}.jpg': samples.jpeg(20 + i, 10, left=(8 * i, 0, 9)) for i in range(30)}
        contents['7.jpg'] = contents['7.jpg'][:-200]
        contents['9.jpg'] = b''
        self.images = samples.write(self.folder / 'images', contents)
        self.ids = [str(i) for i in reversed(range(31))]

    def _options(self, **options):
        return photograph_store.Options(num_threads=3, **options)

    def _open(self, bad=None, **options):
        return photograph_store.open_table(
            self.images, self.ids, _SIZE, bad or datasets.BadRecords(3), self._options(**options)
        )

    def _check(self, table):
        good = [identifier for identifier in self.ids if identifier not in ('7', '9', '30')]
        self.assertEqual(list(table.ids), good)
        self.assertEqual(table.images.shape, (28, _SIZE, _SIZE, 3))
        for row, identifier in enumerate(good):
            square = photographs.load(photographs.path_of(self.images, identifier), _SIZE)
            np.testing.assert_array_equal(table.images[row], square.pixels)
            np.testing.assert_allclose(table.frames[row], square.frame)
        np.testing.assert_array_equal(table.rows(['29', '0', '29']), [0, 27, 0])

    def test_memory_disk_and_cache_hold_the_same(self):
        self._check(self._open())
        table = self._open(cache_limit=28 * _SIZE * _SIZE * 3 - 1)
        self.assertIsInstance(table.images, np.memmap)
        self.assertFalse(table.images.flags.writeable)
        self._check(table)
        cache = str(self.folder / 'cache')
        for limit, kind in ((0, np.memmap), (0, np.memmap), (10**6, np.ndarray)):
            bad = datasets.BadRecords(3)
            table = self._open(bad, cache_dir=cache, cache_limit=limit)
            self.assertIs(type(table.images), kind)
            self._check(table)
            self.assertEqual(bad.total(), 3)
        self.assertLen(os.listdir(cache), 1)

    @parameterized.parameters(0, 10**6)
    def test_a_damaged_cache_is_named(self, limit):
        cache = self.folder / 'cache'
        self._open(cache_dir=str(cache))
        files = sorted(path for path in cache.rglob('*') if path.stat().st_size and path.is_file())
        self.assertLen(files, 3)
        for path in files:
            whole = path.read_bytes()
            for content in (b'', whole[:-1], b'[' * 100_000, whole[:-4]):
                path.write_bytes(content)
                with self.assertRaisesRegex(errors.InputError, 'is damaged .*; remove it'):
                    self._open(cache_dir=str(cache), cache_limit=limit)
            path.write_bytes(whole)
        self._check(self._open(cache_dir=str(cache)))

    def test_cache_is_not_decoded_again_until_a_photograph_changes(self):
        cache = str(self.folder / 'cache')
        first = self._open(cache_dir=cache)
        with self.assertLogs(level='INFO') as logs:
            self._open(cache_dir=cache)
        self.assertRegex('\n'.join(logs.output), 'are taken from .*squares-')
        pathlib.Path(self.images, '0.jpg').write_bytes(samples.jpeg(left=(0, 255, 0)))
        second = self._open(cache_dir=cache)
        self.assertLen(os.listdir(cache), 2)
        self.assertTrue((first.images[27] != second.images[27]).any())
        np.testing.assert_array_equal(first.images[:27], second.images[:27])

    def test_two_runs_may_decode_into_one_cache(self):
        cache = str(self.folder / 'cache')
        write, others = photograph_store._write, []

        def write_late(*arguments):
            write(*arguments)
            if not others:
                others.append(None)
                others[0] = self._open(cache_dir=cache)

        with mock.patch.object(photograph_store, '_write', write_late):
            table = self._open(cache_dir=cache)
        self._check(table)
        np.testing.assert_array_equal(table.images, others[0].images)
        self.assertLen(os.listdir(cache), 1)

    def test_bad_photographs_are_counted_and_named(self):
        bad = datasets.BadRecords(3)
        with self.assertLogs(level='WARNING') as logs:
            self._open(bad)
        self.assertRegex('\n'.join(logs.output), '30: no such photograph[^$]*9.jpg: an empty file')
        self.assertIn('1 in', bad.summary())
        for cache in ('', str(self.folder / 'cache')):
            with self.assertRaisesRegex(errors.InputError, '7.jpg: damaged or cut off.*=2'):
                self._open(datasets.BadRecords(2), cache_dir=cache)
        self.assertEqual(os.listdir(self.folder / 'cache'), [])

    def test_pairs(self):
        given = [('1', '2'), ('1', '7'), ('30', '2'), ('4', '1'), ('1', '4')]
        store = photograph_store.open_store(
            self.images,
            [pairs.Pair(scene, product, _BOX) for scene, product in given],
            datasets.BadRecords(2),
            scene_size=10,
            product_size=6,
        )
        self.assertEqual([pair[:2] for pair in store.pairs], [('1', '2'), ('4', '1'), ('1', '4')])
        self.assertEqual(store.scenes.images.shape, (2, 10, 10, 3))
        self.assertEqual(store.products.images.shape, (3, 6, 6, 3))
        np.testing.assert_array_equal(store.scene_rows, [0, 1, 0])
        np.testing.assert_array_equal(store.product_rows, [0, 1, 2])
        # By hand: 21 x 10 pixels become 10 x 5 in the rows 2 to 7 of 10.
        np.testing.assert_allclose(store.boxes[0], [0.5, 0.2, 1.0, 0.45], rtol=1e-6)

    def test_nothing(self):
        self.ids = []
        for cache in ('', str(self.folder / 'cache')):
            self.assertEqual(self._open(cache_dir=cache, cache_limit=0).images.shape, (0, 8, 8, 3))


if __name__ == '__main__':
    absltest.main()
