"""Hostile metadata: of any JSON, what is taken can be used like what to_json writes."""

import json

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import datasets
from common import errors
from common import metadata
from common.pb import nlp_pb2
from tests import hostile
from wikipedia import siteinfo

_SITE = siteinfo.SiteInfo('en', 'W', 'enwiki', namespaces=(siteinfo.Namespace(0, '', '', ('a',)),))
_META = metadata.Meta(
    'topicspace.corpus.nlp.TextDocument',
    (metadata.Part('part-00000.bz2', 2, '0' * 64),),
    _SITE.to_dict(),
    ({'path': 'y', 'records': 3, 'content_hash': '1'},),
    {'pages': 3},
    {'program': 'p', 'flags': {'tokenizer': 'book'}},
)
_FIELDS = json.loads(metadata.to_json(_META))


def _use(text):
    meta = metadata.from_json(text, 'm')
    metadata.to_json(meta)
    dataset = datasets.Dataset('x', nlp_pb2.TextDocument, (), {}, meta, hostile.tolerant())
    datasets.refuse_unrelated(dataset, dataset)
    dataset.describe()
    dict(meta.made_by.get('flags', {})).get('tokenizer')
    sum(meta.totals.values())
    if meta.site is not None:
        site = siteinfo.from_dict(meta.site)
        site.url(site.normalize_title('a:b'))
    return meta


class MetadataTest(parameterized.TestCase):
    def test_round_trip(self):
        self.assertEqual(_use(json.dumps({**_FIELDS, 'inputs': []})).by_name, _META.by_name)

    @hostile.settings(200)
    @hypothesis.given(hostile.changed(_FIELDS))
    def test_one_field_is_another(self, fields):
        hostile.accepted(_use, json.dumps(fields))

    @hostile.settings(200)
    @hypothesis.given(
        hostile.damaged([metadata.to_json(_META).encode()])
        | hostile.values.map(lambda value: json.dumps(value).encode())
    )
    def test_any_text(self, data):
        hostile.accepted(_use, data.decode('utf-8', 'replace'))

    @parameterized.parameters(
        ('[' * 100_000, 'RecursionError'),
        (json.dumps({**_FIELDS, 'inputs': [3]}), 'an input is no object'),
        (json.dumps({**_FIELDS, 'inputs': [{'content_hash': []}]}), 'an input is no object'),
        (json.dumps({**_FIELDS, 'totals': [[1, 2]]}), 'totals is no object'),
        (json.dumps({**_FIELDS, 'totals': {'pages': 'all'}}), 'a total is no whole number'),
        (json.dumps({**_FIELDS, 'flags': 'all'}), 'flags is no object'),
        (json.dumps({**_FIELDS, 'site': []}), 'site is no object'),
        (json.dumps({**_FIELDS, 'proto': None}), 'proto is no name'),
        (
            json.dumps(_FIELDS).replace('"records": 2, "sha256"', '"records": 1e999, "sha256"'),
            'OverflowError',
        ),
    )
    def test_says_what_is_wrong(self, text, message):
        with self.assertRaisesRegex(errors.InputError, f'm is damaged .*{message}'):
            metadata.from_json(text, 'm')


class SiteTest(absltest.TestCase):
    @hostile.settings(120)
    @hypothesis.given(hostile.changed(_SITE.to_dict()), strategies.sampled_from(('a:b', 'a', '')))
    def test_one_field_is_another(self, fields, title):
        def use():
            site = siteinfo.complete(siteinfo.from_json(json.dumps(fields)))
            site.url(site.normalize_title(title))

        hostile.accepted(use)

    def test_deep_json(self):
        with self.assertRaisesRegex(errors.InputError, '_siteinfo.json is not JSON'):
            siteinfo.from_json('[' * 100_000)


if __name__ == '__main__':
    absltest.main()
