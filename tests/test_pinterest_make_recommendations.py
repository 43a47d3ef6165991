import json
import os
import pathlib

from absl.testing import absltest
from absl.testing import parameterized

from common import records
from common.pb import recsys_pb2
from pinterest import pairs
from pinterest import recommendations_page
from tests import photograph_samples
from tests import programs
from tests import shop_testdata
from tests import test_common_html_report

_PROGRAM = 'pinterest.make_recommendations'
_EVIL_ID = '../<img src=x onerror=alert(1)>'
# Scene s1 is nearest to p1, then p2; s2 to p2, then p3; s3, a hostile one, to p3.
_SCENES = {'s1': [1, 0, 0], 's2': [0, 1, 0], _EVIL_ID: [0, 0, 1]}
_PRODUCTS = {
    'p1': [9, 0, -1],
    'p2': [8, 7, 0],
    'p3': [0, 6, 5],
    _EVIL_ID: [0, 0, 4],
}
_CATEGORIES = {'p1': 'A|B', 'p2': 'A|C', 'p3': shop_testdata.HOSTILE_CATEGORY}


class MakeRecommendationsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.embeddings = shop_testdata.write_embeddings(
            self.folder / 'embeddings', _SCENES, _PRODUCTS
        )
        self.images = shop_testdata.write_photographs(
            self.folder / 'photographs', ['s1', 's2', 'p1', 'p3']
        )
        self.pairs = shop_testdata.write_pairs(
            self.folder / 'fashion.json',
            [
                pairs.Pair('s1', 'p2', (0.25, 0.5, 0.75, 1)),
                pairs.Pair('s1', 'p3', (0, 0, 1, 1)),
                pairs.Pair('s2', 'p2', (0, 0, 1, 1)),
            ],
        )
        self.categories = shop_testdata.write_categories(self.folder / 'cat.json', _CATEGORIES)
        self.output, self.html = self.folder / 'recommendations', self.folder / 'html'

    def _known(self):
        return f'--input_file={self.pairs}', f'--categories={self.categories}'

    def _records(self, *flags, **options):
        flags = (f'--embeddings={self.embeddings}', f'--output={self.output}', *flags)
        self.done = programs.succeed(_PROGRAM, *flags, '--overwrite', **options)
        data = records.open_dataset(str(self.output), recsys_pb2.Recommendation)
        return {
            one.query: list(zip(one.item, one.score, strict=True)) for one in records.read(data)
        }

    def _pages(self, *flags):
        flags = (f'--embeddings={self.embeddings}', f'--html_dir={self.html}', *flags)
        self.done = programs.succeed(_PROGRAM, *flags, '--overwrite')
        return {
            name: test_common_html_report.check((self.html / name).read_text())
            for name in sorted(os.listdir(self.html))
            if name.endswith('.html')
        }

    def test_records(self):
        found = self._records('--top_k=2')
        self.assertEqual(list(found), sorted(_SCENES))
        self.assertEqual(found['s1'], [('p1', 9), ('p2', 8)])
        self.assertEqual(found['s2'], [('p2', 7), ('p3', 6)])
        self.assertIn(b'3 scenes, 4 products', self.done.stderr)
        meta = json.loads((self.output / '_meta.json').read_text())
        self.assertEqual(meta['totals']['recommended'], 6)
        self.assertEqual(meta['inputs'][0]['path'], self.embeddings)
        # The approximate search finds the same among so few.
        self.assertEqual(self._records('--top_k=2', '--index=hnsw'), found)
        self.assertIn(b'found 100.00 % of the nearest products of 3 scenes', self.done.stderr)

    def test_limit(self):
        found = self._records('--top_k=1', '--max_per_product=1')
        self.assertEqual([found['s1'], found['s2']], [[('p1', 9)], [('p2', 7)]])
        # Both want p2 more than they want anything else; it suits s1 better.
        self.embeddings = shop_testdata.write_embeddings(
            self.folder / 'other', {'s1': [1, 0], 's2': [0, 1]}, {'p1': [0, 1], 'p2': [9, 8]}
        )
        found = self._records('--top_k=1', '--max_per_product=1')
        self.assertEqual(found, {'s1': [('p2', 9)], 's2': [('p1', 1)]})
        self.assertIn(b'The nearest: 50.0 % of the products', self.done.stderr)
        self.assertIn(b'100.0 % of the products, Gini index 0.000', self.done.stderr)

    def test_categories(self):
        found = self._records(*self._known(), '--category=A|B', '--category=A|C')
        self.assertEqual([name for name, _ in found['s1']], ['p1', 'p2'])
        found = self._records(*self._known(), '--same_category')
        self.assertEqual([name for name, _ in found['s1']], ['p2', 'p3'])
        self.assertEqual([name for name, _ in found['s2']], ['p2'])
        self.assertEqual(found[_EVIL_ID], [])

    def test_scenes_of_another_data_set(self):
        other = shop_testdata.write_embeddings(self.folder / 'own', {'mine': [0, 0, 1]}, {})
        found = self._records(f'--scene_embeddings={other}', '--top_k=1')
        self.assertEqual(found, {'mine': [('p3', 5)]})
        other = shop_testdata.write_embeddings(self.folder / 'b', {'x': [0, 0, 1]}, {}, 'beef')
        flags = (f'--embeddings={self.embeddings}', f'--output={self.folder / "x"}')
        message = programs.fail(_PROGRAM, *flags, f'--scene_embeddings={other}')
        self.assertIn('different models', message)

    def test_pages(self):
        found = self._pages(*self._known(), f'--image_dir={self.images}', '--scenes_per_page=2')
        names = ['index.html', 'page-00002.html', *(f'scene-{n:05d}.html' for n in (1, 2, 3))]
        self.assertEqual(list(found), names)
        for page in found.values():
            self.assertNotIn('script', page.tags)
            for tag, name, value in page.attributes:
                self.assertFalse(name.startswith('on'), (tag, name))
                if tag == 'img' and name == 'src':
                    self.assertTrue((self.html / value).is_file(), value)
                    self.assertRegex(value, r'^images/(scene|product)/[a-z0-9]+\.jpg$')
                if tag == 'img':
                    self.assertNotEqual((name, value), ('alt', ''))
        self.assertIn(
            b"2 photographs of products are missing in the pages: '../<img", self.done.stderr
        )
        scene = found['scene-00002.html']
        self.assertIn('s1', scene.text)
        self.assertIn('rank 2', scene.text)
        self.assertIn('<script>alert(1)</script>', scene.text)
        boxes = [value for _, name, value in scene.attributes if name == 'style']
        self.assertIn('left:25.00%;top:50.00%;width:50.00%;height:50.00%', boxes)
        self.assertIn('2 of 2 found, rank 2', found['index.html'].text)
        hrefs = {value for _, name, value in scene.attributes if name == 'href'}
        self.assertEqual(hrefs, {'index.html', 'scene-00001.html', 'scene-00003.html'})
        self.assertIn('scene-00003.html', found['page-00002.html'].text + str(
            found['page-00002.html'].attributes))  # fmt: skip

    def test_small_copies_copies_and_links(self):
        big = photograph_samples.jpeg(900, 600)
        photograph_samples.write(self.images, {'p1.jpg': big, 's1.jpg': b'no photograph'})
        self._pages(f'--image_dir={self.images}')
        copy = self.html / 'images' / 'product' / 'p1.jpg'
        self.assertLess(copy.stat().st_size, len(big))
        self.assertFalse((self.html / 'images' / 'scene' / 's1.jpg').exists())
        self._pages(f'--image_dir={self.images}', '--photographs=copy')
        self.assertEqual(copy.read_bytes(), big)
        self.assertFalse(copy.is_symlink())
        self._pages(f'--image_dir={self.images}', '--photographs=link')
        self.assertTrue(copy.is_symlink())
        self.assertEqual(copy.read_bytes(), big)

    def test_addresses(self):
        found = self._pages('--photographs=url')
        page = (self.html / 'scene-00002.html').read_text()
        self.assertIn("img-src 'self' file: data: https://i.pinimg.com;", page)
        sources = {
            value for _, name, value in found['scene-00002.html'].attributes if name == 'src'
        }
        self.assertIn('https://i.pinimg.com/400x/p1///p1.jpg', sources)
        self.assertLen(sources, 4)  # s1 and three products; the hostile one has none.
        found = self._pages('--photographs=none')
        self.assertNotIn('img', found['scene-00002.html'].tags)
        self.assertNotIn('pinimg', (self.html / 'scene-00002.html').read_text())

    def test_split(self):
        names = [f's{number}' for number in range(20)]
        true_pairs = [pairs.Pair(name, 'p1', (0, 0, 1, 1)) for name in names]
        settings, sides = shop_testdata.split(true_pairs, {'p1': 'A'}, seed=3)
        model = shop_testdata.write_model(self.folder / 'model', split=settings, sides=sides)
        self.pairs = shop_testdata.write_pairs(self.folder / 'many.json', true_pairs)
        self.categories = shop_testdata.write_categories(self.folder / 'one.json', {'p1': 'A'})
        self.embeddings = shop_testdata.write_embeddings(
            self.folder / 'many', {name: [1, 2] for name in names}, {'p1': [1, 2]}
        )
        flags = (*self._known(), f'--model_dir={model}')
        found = self._records(*flags, '--split=test')
        self.assertEqual(list(found), sorted(pair.scene for pair in sides.test))
        shop_testdata.write_pairs(self.pairs, true_pairs[1:])
        message = programs.fail(
            _PROGRAM, *flags, '--split=test', f'--embeddings={self.embeddings}',
            f'--output={self.output}', '--overwrite')  # fmt: skip
        self.assertIn('not those that', message)

    def test_bad_flags(self):
        def fail(*flags, status=2):
            flags = (f'--embeddings={self.embeddings}', *flags)
            return programs.fail(_PROGRAM, *flags, status=status)

        self.assertIn('nothing to write', fail())
        output, html = f'--output={self.output}', f'--html_dir={self.html}'
        self.assertIn('--image_dir', fail(html))
        self.assertIn('--categories', fail(output, '--category=A'))
        self.assertIn('--input_file', fail(output, '--same_category'))
        self.assertIn('--model_dir', fail(output, '--split=test'))
        self.assertIn('template', fail(html, '--photographs=url', '--url_template=file:///{id}'))
        self.assertIn('in each other', fail(f'--html_dir={self.output}/x', output,
                                            '--photographs=none'))  # fmt: skip
        message = fail(output, *self._known(), '--category=X', status=1)
        self.assertIn('none of the 4 products', message)


class PageNumbersTest(absltest.TestCase):
    def test_numbers(self):
        def numbers(number, count):
            return [page['number'] for page in recommendations_page._numbers(number, count)]

        self.assertEqual(numbers(1, 1), [1])
        self.assertEqual(numbers(1, 5), [1, 2, 3, 0, 5])
        self.assertEqual(numbers(10, 20), [1, 0, 8, 9, 10, 11, 12, 0, 20])


if __name__ == '__main__':
    absltest.main()
