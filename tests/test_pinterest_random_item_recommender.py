"""Tests of pinterest/random_item_recommender.py and catalogue_page.py."""

import json
import os
import pathlib

from absl.testing import absltest

from pinterest import catalogue_page
from tests import photograph_samples
from tests import programs
from tests import test_common_html_report

_PROGRAM = 'pinterest.random_item_recommender'


class DrawTest(absltest.TestCase):
    def test_every_product_is_as_likely(self):
        catalogue = {str(number): 'A' for number in range(20)}
        counts = dict.fromkeys(catalogue, 0)
        for seed in range(1000):
            products = catalogue_page.draw(catalogue, 5, seed)
            self.assertLen(set(products), 5)
            for product in products:
                counts[product] += 1
        # Of 1,000 draws 250 have a product; the standard deviation is 13.7.
        self.assertBetween(min(counts.values()), 195, 250)
        self.assertBetween(max(counts.values()), 250, 305)

    def test_order_of_the_file_does_not_matter(self):
        catalogue = {str(number): 'A' for number in range(20)}
        turned = dict(reversed(catalogue.items()))
        self.assertEqual(catalogue_page.draw(catalogue, 30, 3), catalogue_page.draw(turned, 30, 3))


class ProgramTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.catalogue = {f'id{number}': 'Apparel & Accessories|<b>Hats</b>' for number in range(7)}
        self.page = self.folder / 'out' / 'page.html'

    def _flags(self, *flags):
        path = self.folder / 'cat.json'
        path.write_text(json.dumps(self.catalogue))
        return (f'--input_file={path}', f'--output_html={self.page}', *flags)

    def _run(self, *flags):
        result = programs.succeed(_PROGRAM, *self._flags('--overwrite', *flags))
        page = self.page.read_text()
        return page, test_common_html_report.check(page), result.stderr.decode()

    def _values(self, found, name):
        return [value for tag, key, value in found.attributes if (tag, key) == ('img', name)]

    def test_without_photographs_nothing_is_requested(self):
        page, found, log = self._run('--num_items=3')
        self.assertNotIn('img', found.tags)
        self.assertNotIn('http', page.replace('http-equiv', ''))
        self.assertIn('3 of 7 products, 0 with photographs', log)
        self.assertIn('<b>Hats</b>', found.text)
        self.assertNotIn('b', found.tags)
        again, _, _ = self._run('--num_items=3')
        other, _, _ = self._run('--num_items=3', '--seed=4')
        self.assertEqual(page, again)
        self.assertNotEqual(page, other)

    def test_local_photographs_are_relative(self):
        contents = {
            'id1.jpg': photograph_samples.jpeg(),
            'id2.png': photograph_samples.jpeg(),
            'id3.jpg': photograph_samples.good_kinds()['tiff'],
            'id4.jpg': b'<html>',
        }
        images = photograph_samples.write(self.folder / 'my "images" &', contents)
        _, found, log = self._run(f'--image_dir={images}')
        self.assertIn('7 of 7 products, 2 with photographs', log)
        self.assertIn('id3.jpg: of a format that browsers do not show', log)
        self.assertIn('id4.jpg: not an image', log)
        quoted = '../my%20%22images%22%20%26'
        self.assertCountEqual(
            self._values(found, 'src'), [f'{quoted}/id1.jpg', f'{quoted}/id2.png']
        )
        self.assertIn('<b>Hats</b> id1', self._values(found, 'alt'))
        self.assertEqual(set(self._values(found, 'loading')), {'lazy'})

    def test_photographs_elsewhere_by_flag(self):
        page, found, _ = self._run('--url_template=pinimg', '--num_items=1')
        self.assertIn('data: https://i.pinimg.com;', page)
        self.assertRegex(
            self._values(found, 'src')[0], r'^https://i.pinimg.com/400x/id/\d//id\d.jpg$'
        )
        page, found, _ = self._run('--url_template=http://localhost:99/{id}', '--num_items=1')
        self.assertIn('data: http://localhost:99;', page)

    def test_bad_input(self):
        self._run()
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *self._flags()))
        both = self._flags('--url_template=pinimg', '--image_dir=x', '--overwrite')
        self.assertIn('--image_dir', programs.fail(_PROGRAM, *both, status=2))
        programs.fail(_PROGRAM, *self._flags('--url_template=x', '--overwrite'), status=2)
        message = programs.fail(_PROGRAM, *self._flags('--image_dir=/no/such', '--overwrite'))
        self.assertIn('/no/such', message)
        photograph = self.page.with_suffix('.jpg')
        photograph.write_bytes(b'image')
        flags = self._flags(
            f'--image_dir={photograph.parent}', f'--output_html={photograph}', '--overwrite'
        )
        self.assertIn('is a file of --image_dir', programs.fail(_PROGRAM, *flags))
        self.catalogue = {'<script>': 'A', 'a': 'A'}
        message = programs.fail(_PROGRAM, *self._flags('--overwrite'))
        self.assertIn('identifier', message)
        _, found, _ = self._run('--max_bad_records=1')
        self.assertNotIn('script', found.tags)
        self.catalogue = {}
        self.assertIn('no product', programs.fail(_PROGRAM, *self._flags('--overwrite')))

    @absltest.skipUnless(os.environ.get('RECSYS_DATA'), 'RECSYS_DATA names no folder of real data')
    def test_real_catalogue(self):
        path = pathlib.Path(os.environ['RECSYS_DATA'], 'shop_the_look/stl-fashion-cat.json.gz')
        result = programs.succeed(_PROGRAM, f'--input_file={path}', '--output_html=-')
        found = test_common_html_report.check(result.stdout.decode())
        self.assertIn('10 of the 38,111 products', found.text)


if __name__ == '__main__':
    absltest.main()
