"""Tests of the baseline that sees boxes only."""

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import geometry_baseline


def _boxes(count, seed):
    rng = np.random.default_rng(seed)
    extents = rng.uniform(0.1, 0.5, (count, 2))
    low = rng.uniform(0, 1 - extents)
    return np.concatenate([low, low + extents], axis=1).astype(np.float32)


def _aspects(boxes):
    return (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])


def _recall_at_10(scores):
    ranks = (scores > np.diagonal(scores)[:, None]).sum(axis=1)
    return np.mean(ranks < 10)


class GeometryBaselineTest(parameterized.TestCase):
    def test_finds_products_by_their_proportions(self):
        train, test = _boxes(600, 0), _boxes(100, 1)
        model = geometry_baseline.GeometryBaseline(train, _aspects(train))
        recall = _recall_at_10(model.score(test, _aspects(test)))
        self.assertGreater(recall, 0.8)
        np.testing.assert_array_equal(
            model.score(test, _aspects(test)),
            geometry_baseline.GeometryBaseline(train, _aspects(train)).score(test, _aspects(test)),
        )

    def test_boxes_that_say_nothing_give_chance(self):
        train, test = _boxes(600, 0), _boxes(100, 1)
        model = geometry_baseline.GeometryBaseline(train, _aspects(_boxes(600, 2)))
        # By chance 0.1, with a deviation of 0.03.
        self.assertLess(_recall_at_10(model.score(test, _aspects(test))), 0.2)

    def test_several_rectangles(self):
        train, test = _boxes(300, 0), _boxes(50, 1)
        pair = np.stack([train, _boxes(300, 2)], axis=1)
        model = geometry_baseline.GeometryBaseline(pair, _aspects(train))
        scores = model.score(np.stack([test, _boxes(50, 3)], axis=1), _aspects(test))
        self.assertEqual(scores.shape, (50, 50))
        self.assertGreater(_recall_at_10(scores), 0.5)

    def test_aspects_of_frames(self):
        frames = np.float32([[0.25, 0.0, 0.75, 1.0], [0.0, 0.375, 1.0, 0.625]])
        np.testing.assert_allclose(geometry_baseline.aspects_of_frames(frames), [0.5, 4.0])

    @parameterized.parameters(((5, 3), (5,)), ((5, 4), (5, 1)), ((5, 4), (6,)), ((5,), (5,)))
    def test_rejects_shapes(self, boxes, aspects):
        with self.assertRaises(ValueError):
            geometry_baseline.GeometryBaseline(np.ones(boxes), np.ones(aspects))


if __name__ == '__main__':
    absltest.main()
