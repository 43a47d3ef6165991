"""Tests of pinterest/photographs.py."""

import functools
import os
import pathlib
import time

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from PIL import PngImagePlugin

from common import datasets
from common import errors
from pinterest import photographs
from tests import hostile
from tests import photograph_samples as samples


def _load_square(test, content):
    square = photographs.load(content, 8)
    test.assertEqual((square.pixels.shape, square.pixels.dtype), ((8, 8, 3), np.uint8))
    left, top, right, bottom = square.frame
    test.assertTrue(0 <= left < right <= 1 and 0 <= top < bottom <= 1)


class FilesTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        contents = dict.fromkeys(
            ('b.jpg', 'a.PNG', 'a.jpg', 'c.webp', '.d.jpg', 'e.txt', 'f <b>.gif', 'g.h.jpeg'), b'x'
        )
        self.folder = samples.write(self.create_tempdir().full_path, contents)
        os.mkdir(os.path.join(self.folder, 'i.jpg'))
        os.mkfifo(os.path.join(self.folder, 'j.jpg'))
        os.symlink('/no/such', os.path.join(self.folder, 'k.jpg'))

    def _path(self, name):
        return os.path.join(self.folder, name)

    def test_path_of(self):
        self.assertEqual(photographs.path_of('in', 'a-1'), 'in/a-1.jpg')

    def test_find(self):
        found = photographs.find(self.folder, ['c', 'a', 'd', 'x', 'i', 'j', 'k', 'e'])
        self.assertEqual(
            list(found.items()), [('c', self._path('c.webp')), ('a', self._path('a.jpg'))]
        )
        with self.assertRaisesRegex(errors.InputError, 'none is no directory'):
            photographs.find(self._path('none'), ['a'])

    def test_find_all(self):
        bad = datasets.BadRecords(2)
        found = photographs.find_all(self.folder, bad)
        self.assertEqual(
            found, {'a': self._path('a.jpg'), 'b': self._path('b.jpg'), 'c': self._path('c.webp')}
        )
        self.assertEqual(bad.total(), 2)
        with self.assertRaisesRegex(errors.InputError, "'f <b>.gif': an identifier"):
            photographs.find_all(self.folder, datasets.BadRecords(0))


class DecodingTest(parameterized.TestCase):
    @parameterized.named_parameters(samples.good_kinds().items())
    def test_good(self, content):
        for read in (photographs.check, photographs.verify):
            header = read(content)
            self.assertEqual((header.width, header.height), (24, 12))
        square = photographs.load(content, 8)
        self.assertEqual(square.frame, (0.0, 0.25, 1.0, 0.75))
        self.assertEqual((square.pixels.shape, square.pixels.dtype), ((8, 8, 3), np.uint8))
        np.testing.assert_array_equal(square.pixels[:2], 128)
        np.testing.assert_array_equal(square.pixels[6:], 128)
        # Not beside the edge of the halves, where resizing mixes them.
        np.testing.assert_allclose(square.pixels[3, 1], samples.LEFT, atol=8)
        np.testing.assert_allclose(square.pixels[4, 6], samples.RIGHT, atol=8)

    @parameterized.named_parameters(samples.grey_kinds().items())
    def test_grey(self, content):
        pixels = photographs.load(content, 8).pixels
        np.testing.assert_allclose(pixels[4, 1], [51] * 3, atol=2)
        np.testing.assert_allclose(pixels[4, 6], [204] * 3, atol=2)

    @parameterized.named_parameters((name, *case) for name, case in samples.bad_kinds().items())
    def test_bad(self, content, reason):
        path = os.path.join(self.create_tempdir().full_path, 'a.jpg')
        pathlib.Path(path).write_bytes(content)
        for read in (photographs.verify, lambda source: photographs.load(source, 8)):
            with self.assertRaisesRegex(photographs.PhotographError, f'a.jpg: .*({reason})'):
                read(path)
            with self.assertRaisesRegex(photographs.PhotographError, f'the image: .*({reason})'):
                read(content)

    def test_missing(self):
        for path in ('/no/such.jpg', self.create_tempdir().full_path):
            with self.assertRaisesRegex(photographs.PhotographError, 'no such photograph'):
                photographs.load(path, 8)

    def test_every_cut_of_a_photograph_is_told(self):
        content = samples.encode(samples.picture(40, 30), quality=90)
        for size in range(len(content) - 2):
            with self.assertRaises(photographs.PhotographError):
                photographs.verify(content[:size])

    def test_damage_anywhere_never_crashes(self):
        generator = np.random.default_rng(1)
        for content in samples.good_kinds().values():
            for _ in range(30):
                damaged = np.frombuffer(content, np.uint8).copy()
                places = generator.integers(0, len(damaged), 3)
                damaged[places] = generator.integers(0, 256, 3)
                try:
                    photographs.load(damaged.tobytes(), 8)
                except photographs.PhotographError:
                    continue

    @hostile.settings(250)
    @hypothesis.given(hostile.damaged([*samples.good_kinds().values(), samples.bomb()]))
    def test_any_damage(self, content):
        for read in (photographs.check, photographs.verify, functools.partial(_load_square, self)):
            hostile.accepted(read, content)

    @parameterized.named_parameters(
        ('png', samples.bomb(0, 0)),
        ('png without height', samples.bomb(9, 0)),
        ('gif', b'GIF89a' + bytes(7) + b',' + bytes(9) + b'\x02\x00;'),
        ('bmp', b'BM' + bytes(8) + b'\x36\0\0\0\x28\0\0\0' + bytes(8) + b'\1\0\x18\0' + bytes(24)),
        ('webp', b'RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0' + bytes(22)),
    )  # fmt: skip
    def test_no_pixels(self, content):
        for read in (photographs.check, photographs.verify):
            with self.assertRaises(photographs.PhotographError):
                read(content)

    def test_little_that_says_it_is_much(self):
        # 79 million pixels of which the file holds none; and 64 MB of text in 70 KB.
        with self.assertRaisesRegex(photographs.PhotographError, 'damaged or cut off'):
            photographs.load(samples.bomb(9000, 8800), 8)
        text = PngImagePlugin.PngInfo()
        text.add_text('a', 'x' * (64 << 20), zip=True)
        content = samples.encode(samples.picture(), 'PNG', pnginfo=text)
        self.assertLess(len(content), 100_000)
        with self.assertRaisesRegex(photographs.PhotographError, 'damaged or cut off'):
            photographs.load(content, 8)

    def test_many_frames_cost_what_one_does(self):
        frames = [samples.picture(64, 64, left=(n, 0, 0)) for n in range(300)]
        content = samples.encode(frames[0], 'GIF', save_all=True, append_images=frames[1:])
        started = time.process_time()
        for _ in range(20):
            photographs.load(content, 8)
        self.assertLess(time.process_time() - started, 2.0)

    @parameterized.parameters(((30000, 1), (8, 1)), ((1, 900), (1, 8)), ((1, 1), (8, 8)))
    def test_extreme_shapes(self, size, want):
        square = photographs.load(samples.encode(samples.picture(*size), 'PNG'), 8)
        left, top, right, bottom = square.frame
        self.assertEqual((8 * (right - left), 8 * (bottom - top)), want)

    def test_large_is_quick(self):
        content = samples.encode(samples.picture(8000, 4000), quality=50)
        started = time.process_time()
        pixels = photographs.load(content, 16).pixels
        # 32 million pixels take seconds when each is converted and resized.
        self.assertLess(time.process_time() - started, 2.0)
        np.testing.assert_allclose(pixels[8, 3], samples.LEFT, atol=8)

    def test_transparent_is_on_white(self):
        image = samples.picture().convert('RGBA')
        image.putalpha(0)
        pixels = photographs.load(samples.encode(image, 'PNG'), 8).pixels
        np.testing.assert_array_equal(pixels[4], 255)

    def test_map_boxes(self):
        # By hand: the photograph fills the middle half of its square.
        frames = np.array([[0, 0.25, 1, 0.75], [0, 0, 1, 1]])
        boxes = np.array([[0.5, 0.0, 1.0, 0.5], [0.1, 0.2, 0.3, 0.4]])
        found = photographs.map_boxes(frames, boxes)
        np.testing.assert_allclose(found, [[0.5, 0.25, 1.0, 0.5], [0.1, 0.2, 0.3, 0.4]], rtol=1e-6)
        self.assertEqual(found.dtype, np.float32)
        with self.assertRaisesRegex(ValueError, r'want two \[N, 4\]'):
            photographs.map_boxes(frames, boxes[:1])


if __name__ == '__main__':
    absltest.main()
