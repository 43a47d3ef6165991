import hashlib
import pathlib
import pickle

from absl.testing import absltest

from common import schemas
from common.pb import nlp_pb2

_ROOT = pathlib.Path(__file__).resolve().parent.parent


class GeneratedCodeTest(absltest.TestCase):
    def test_stamp_is_that_of_the_schemas(self):
        schemas_bytes = b''.join(p.read_bytes() for p in sorted(_ROOT.glob('proto/*.proto')))
        stamp = (_ROOT / 'common/pb/SCHEMAS.sha256').read_text().strip()
        self.assertEqual(
            stamp, hashlib.sha256(schemas_bytes).hexdigest(), 'run scripts/gen_protos.sh'
        )

    def test_every_schema_is_generated_and_registered(self):
        for path in _ROOT.glob('proto/*.proto'):
            self.assertTrue((_ROOT / f'common/pb/{path.stem}_pb2.py').exists(), path)
        self.assertContainsSubset(
            ['topicspace.corpus.wikipedia.Page', 'recsys.Redirect'], schemas.message_names()
        )

    def test_numbers_are_those_of_the_book(self):
        """New fields take new numbers, from 6 on."""
        fields = {f.name: f.number for f in nlp_pb2.TextDocument.DESCRIPTOR.fields}
        books = {name: number for name, number in fields.items() if number < 6}
        self.assertEqual(books, {'primary': 1, 'secondary': 2, 'tokens': 3, 'url': 4})

    def test_classes_pickle(self):
        self.assertIs(pickle.loads(pickle.dumps(nlp_pb2.TokenStat)), nlp_pb2.TokenStat)


if __name__ == '__main__':
    absltest.main()
