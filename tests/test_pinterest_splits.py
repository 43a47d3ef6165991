import collections
import random

from absl.testing import absltest

from common import errors
from pinterest import pairs
from pinterest import splits

_BOX = (0.0, 0.0, 1.0, 1.0)


def _make_pairs(num_scenes, categories='aaaaaabbbc'):
    """Returns pairs of scenes with 1 to 7 products each, and the products' categories."""
    generator = random.Random(1)
    made, category_of = [], {}
    for scene in range(num_scenes):
        for place in range(generator.randint(1, 7)):
            product = f'p{scene}-{place}'
            category_of[product] = generator.choice(categories)
            made.append(pairs.Pair(f's{scene}', product, _BOX))
    return made, category_of


class SplitsTest(absltest.TestCase):
    def test_every_pair_once_and_no_scene_on_two_sides(self):
        made, categories = _make_pairs(300)
        split = splits.split_pairs(made, categories)
        self.assertCountEqual([*split.train, *split.validation, *split.test], made)
        scenes = [
            {pair.scene for pair in side} for side in (split.train, split.validation, split.test)
        ]
        self.assertEqual(len(set.union(*scenes)), sum(map(len, scenes)))
        order = {pair: place for place, pair in enumerate(made)}
        places = [order[pair] for pair in split.test]
        self.assertEqual(places, sorted(places))

    def test_categories_are_spread_alike(self):
        made, categories = _make_pairs(300)
        split = splits.split_pairs(made, categories)
        counts = collections.Counter(categories[pair.product] for pair in made)
        for side, share in ((split.validation, 0.1), (split.test, 0.2)):
            self.assertAlmostEqual(len(side) / len(made), share, delta=0.01)
            found = collections.Counter(categories[pair.product] for pair in side)
            for category, count in counts.items():
                # A scene brings up to seven pairs at once.
                self.assertAlmostEqual(found[category], share * count, delta=7)

    def test_same_for_any_order_of_pairs_and_other_for_another_seed(self):
        made, categories = _make_pairs(100)
        first = splits.split_pairs(made, categories)
        again = splits.split_pairs(random.Random(2).sample(made, len(made)), categories)
        other = splits.split_pairs(made, categories, splits.Settings(seed=1))
        self.assertEqual(first.scene_hash(), again.scene_hash())
        self.assertCountEqual(first.test, again.test)
        self.assertNotEqual(first.scene_hash(), other.scene_hash())

    def test_by_hand(self):
        # Six scenes of one pair: of category r there are two, of c four. Test lacks 1 r and 2 c,
        # and so does training; each takes the half of both.
        made = [pairs.Pair(f's{i}', f'p{i}', _BOX) for i in range(6)]
        categories = {f'p{i}': 'r' if i < 2 else 'c' for i in range(6)}
        split = splits.split_pairs(made, categories, splits.Settings(0.0, 0.5))
        for side in (split.train, split.test):
            found = collections.Counter(categories[pair.product] for pair in side)
            self.assertEqual(found, {'r': 1, 'c': 2})
        self.assertEmpty(split.validation)

    def test_exclude_test_products(self):
        made, categories = _make_pairs(100)
        everywhere = [pairs.Pair(f's{i}', 'bag', _BOX) for i in range(100)]
        settings = splits.Settings(exclude_test_products=True)
        plain = splits.split_pairs(made + everywhere, categories)
        self.assertEqual(plain.num_excluded, 0)
        split = splits.split_pairs(made + everywhere, categories, settings)
        self.assertEqual(split.test, plain.test)
        self.assertIn('bag', {pair.product for pair in split.test})
        for side, whole in ((split.train, plain.train), (split.validation, plain.validation)):
            self.assertEqual(side, [pair for pair in whole if pair.product != 'bag'])
        self.assertEqual(split.num_excluded, 100 - len({pair.scene for pair in split.test}))

    def test_refusals(self):
        made, categories = _make_pairs(2)
        with self.assertRaisesRegex(errors.InputError, '2 scenes with .* nothing for'):
            splits.split_pairs(made[:1] + made[-1:], categories)
        for shares in ((0.5, 0.5), (-0.1, 0.2)):
            with self.assertRaisesRegex(errors.UsageError, 'nothing for training'):
                splits.split_pairs(made, categories, splits.Settings(*shares))


if __name__ == '__main__':
    absltest.main()
