"""Tests of the batches of pairs and their negatives."""

import dataclasses

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import look_batches
from pinterest import look_settings
from pinterest import pairs
from pinterest import photograph_store
from tests import look_testdata


def _config(**changes):
    return look_settings.TrainingConfig(**{'batch_size': 7, 'num_neg': 3, **changes})


def _numbered(data):
    """Returns the data with every photograph showing the number of its row."""
    store = data.store
    scenes, products = (
        dataclasses.replace(
            table,
            images=np.broadcast_to(
                np.arange(len(table.ids), dtype=np.uint8)[:, None, None, None],
                (len(table.ids), 2, 2, 3),
            ),
        )
        for table in (store.scenes, store.products)
    )
    store = photograph_store.Store(store.pairs, scenes, products)
    return dataclasses.replace(data, store=store)


def _share_products(data):
    """Returns the data with scene 0 having the first product of scene 1 too."""
    extra = pairs.Pair('s0', 'p2', (0.1, 0.1, 0.2, 0.2))
    store = photograph_store.Store(
        [*data.store.pairs, extra], data.store.scenes, data.store.products
    )
    train = np.append(data.train, len(store.pairs) - 1)
    return look_batches.LookData(store, train, data.validation, data.categories)


class BatchMakerTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.data = _numbered(_share_products(look_testdata.make_data(num_scenes=10)))
        self.known = {
            (int(self.data.store.scene_rows[row]), int(self.data.store.product_rows[row]))
            for row in self.data.train
        }

    def _epoch(self, config, epoch=0):
        maker = look_batches.BatchMaker(self.data, config)
        batches = list(maker.epoch(epoch))
        self.assertLen(batches, maker.steps_per_epoch)
        return batches

    @parameterized.parameters(*look_settings.NEGATIVES)
    def test_negatives_are_all_that_may_be_and_no_others(self, negatives):
        drawn = negatives in look_settings.DRAWN
        for batch in self._epoch(_config(negatives=negatives)):
            scenes, products = batch['scenes'][:, 0, 0, 0], batch['products'][:, 0, 0, 0]
            self.assertLen(products, 7 * 4 if drawn else 7)
            for row, scene in enumerate(scenes):
                self.assertIn((scene, products[row]), self.known)
                for column, product in enumerate(products):
                    own = column in range(7 + 3 * row, 10 + 3 * row) if drawn else True
                    expected = own and (scene, product) not in self.known
                    self.assertEqual(batch['negatives'][row, column], expected)

    def test_negatives_of_the_same_category(self):
        for batch in self._epoch(_config(negatives='same_category')):
            products = batch['products'][:, 0, 0, 0]
            for row, column in np.argwhere(batch['negatives']):
                # Products are of category 0 and 1 by turns.
                self.assertEqual(products[row] % 2, products[column] % 2)
            self.assertGreater(batch['negatives'].mean(), 0.0)

    def test_a_category_of_one_takes_any(self):
        categories = np.arange(len(self.data.categories), dtype=np.int32)
        self.data = dataclasses.replace(self.data, categories=categories)
        for batch in self._epoch(_config(negatives='same_category')):
            self.assertTrue((batch['negatives'].sum(axis=1) == 3).all())

    def test_every_pair_occurs_with_its_box(self):
        seen = set()
        for batch in self._epoch(_config()):
            columns = (batch['scenes'][:, 0, 0, 0], batch['products'][:, 0, 0, 0], batch['boxes'])
            for scene, product, box in zip(*columns, strict=False):
                seen.add((int(scene), int(product), tuple(np.round(box, 3).tolist())))
        expected = {
            (int(s), int(p), tuple(np.round(box, 3).tolist()))
            for s, p, box in zip(
                self.data.store.scene_rows[self.data.train],
                self.data.store.product_rows[self.data.train],
                self.data.store.boxes[self.data.train],
                strict=True,
            )
        }
        self.assertEqual(seen, expected)

    def test_same_again_and_other_epochs_differ(self):
        config = _config(negatives='random')
        first, again, other = self._epoch(config), self._epoch(config), self._epoch(config, 1)
        for name in first[0]:
            np.testing.assert_array_equal(first[0][name], again[0][name])
        self.assertFalse(np.array_equal(first[0]['products'], other[0]['products']))

    def test_fewer_pairs_than_a_batch(self):
        batches = self._epoch(_config(batch_size=1000))
        self.assertLen(batches, 1)
        self.assertLen(batches[0]['scenes'], len(self.data.train))


class PrefetchedTest(absltest.TestCase):
    def test_order_and_waiting(self):
        with look_batches.Prefetched({'n': np.array(n)} for n in range(9)) as batches:
            self.assertEqual([int(batch['n']) for batch in batches], list(range(9)))
            self.assertGreaterEqual(batches.waited, 0.0)

    def test_an_error_of_the_maker_is_raised(self):
        def broken():
            yield {'n': np.array(0)}
            raise OSError('disk')

        with look_batches.Prefetched(broken()) as batches:
            reader = iter(batches)
            next(reader)
            with self.assertRaisesRegex(OSError, 'disk'):
                next(reader)

    def test_a_reader_may_leave(self):
        made = []

        def endless():
            while True:
                made.append(1)
                yield {'n': np.array(0)}

        with look_batches.Prefetched(endless()) as batches:
            next(iter(batches))
        self.assertLess(len(made), 10)


if __name__ == '__main__':
    absltest.main()
