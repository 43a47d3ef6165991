import collections
import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from google.protobuf import message as protobuf_message

from common.pb import nlp_pb2
from wikipedia import token_fields

_NUL, _TAG = '\0', '\x1a'  # The latter is also the tag of tokens, and 26 its length.
_WORDS = (
    '', 'a', 'é', '日本語', 'b' * 25, 'c' * 26, _TAG, _TAG * 2, _TAG * 26, f'd{_TAG}', f'{_TAG}d',
    f'{_TAG}\x01d', _NUL, f'e{_NUL}', 'f' * 127, 'g' * 128, '\U0001f600', '\x7f\x80',
)  # fmt: skip


def _document(tokens, **fields):
    return nlp_pb2.TextDocument(tokens=tokens, **fields)


def _field(number, data):
    """Returns a field of bytes, as anybody may write it."""
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def _tokens(documents):
    """Returns the tokens of each document, and how many are distinct."""
    texts, numbers, sizes = token_fields.number(documents)
    assert not texts.validate(full=True)
    distinct = texts.to_pylist()
    tokens = [distinct[number] for number in numbers.tolist()]
    ends = np.cumsum(sizes).tolist()
    found = [tokens[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
    assert len(set(distinct)) == len(distinct)
    return found, len(distinct)


class TokenFieldsTest(parameterized.TestCase):
    @parameterized.parameters(range(8))
    def test_any_tokens_come_back(self, seed):
        rng = random.Random(seed)
        documents = [
            _document(
                rng.choices(_WORDS[: rng.choice((4, 13, 18))], k=rng.randrange(30)),
                primary=rng.choice(_WORDS) * rng.choice((1, 9)),
                secondary=rng.choices(_WORDS, k=rng.randrange(4)),
                url=rng.choice(_WORDS),
                lead_tokens=rng.choices(_WORDS, k=rng.randrange(4)),
            )
            for _ in range(50)
        ]
        parsed = [token_fields.parse(document.SerializeToString()) for document in documents]
        tokens, distinct = _tokens(parsed)
        self.assertEqual(tokens, [list(document.tokens) for document in documents])
        self.assertLen(set().union(*tokens), distinct)
        for document, found in zip(documents, parsed, strict=True):
            document.ClearField('tokens')
            self.assertEqual(found.rest, document)

    @parameterized.parameters(
        *(size for edge in (128, 16384, 2097152) for size in (edge - 1, edge, edge + 1))
    )
    def test_long_tokens(self, size):
        document = _document(['x' * size, 'y', 'x' * size, ''], primary='p')
        self.assertEqual(
            _tokens([token_fields.parse(document.SerializeToString())])[0],
            [list(document.tokens)],
        )

    @parameterized.named_parameters(
        ('nothing', b''),
        ('title_behind', _field(3, b'a') + _field(1, b't')),
        ('torn_apart', _field(3, b'a') + _field(1, b't') + _field(3, b'b')),
        ('twice_a_title', _field(1, b't') + _field(1, b'u') + _field(3, b'a')),
        ('unknown_between', _field(1, b't') + _field(9, b'?') + _field(3, b'a')),
        ('unknown_number', _field(3, b'a') + b'\x48\x96\x01' + _field(3, b'b')),
        ('long_length', b'\x1a\x81\x00a' + _field(3, b'a')),
        ('long_title', _field(1, b't' * 127) + b'\x12\x80\x81\x00' + b's' * 128 + _field(3, b'a')),
        ('tag_last', _field(3, b'a') + _field(4, b'\x1a')),
    )
    def test_other_layouts(self, payload):
        wanted = nlp_pb2.TextDocument.FromString(payload)
        found = token_fields.parse(payload)
        self.assertEqual(_tokens([found])[0], [list(wanted.tokens)])
        self.assertEqual(found.rest.primary, wanted.primary)
        self.assertEqual(found.rest.secondary, wanted.secondary)

    @parameterized.named_parameters(
        ('token', _field(3, b'a\xff')),
        ('half_a_character', _field(3, b'\xc3') + _field(3, b'\xa9')),
        ('surrogate', _field(3, b'\xed\xa0\x80')),
        ('title', _field(1, b'\xff') + _field(3, b'a')),
        ('cut_off', _field(3, b'a') + _field(3, b'abc')[:-1]),
        ('cut_after_tag', _field(3, b'a') + b'\x1a'),
        ('cut_in_title', _field(1, b'abc')[:-1]),
        ('text', b'no message'),
    )
    def test_refuses_what_protobuf_refuses(self, payload):
        with self.assertRaises(protobuf_message.DecodeError):
            nlp_pb2.TextDocument.FromString(payload)
        with self.assertRaises(protobuf_message.DecodeError):
            token_fields.parse(payload)

    @parameterized.parameters(range(20))
    def test_damaged_payloads_mean_what_protobuf_says(self, seed):
        rng = random.Random(seed)
        tokens = rng.choices(_WORDS, k=20)
        whole = _document(tokens, primary='p', secondary=['s'], url='u').SerializeToString()
        outcomes = collections.Counter()
        for _ in range(100):
            payload = bytearray(whole)
            for _ in range(rng.randrange(1, 4)):
                payload[rng.randrange(len(payload))] = rng.choice((0, 2, 10, 26, 128, 255))
            del payload[rng.randrange(len(payload), 2 * len(payload)) :]
            payload = bytes(payload[: rng.choice((len(payload), rng.randrange(len(payload))))])
            try:
                wanted = nlp_pb2.TextDocument.FromString(payload)
            except protobuf_message.DecodeError:
                outcomes['refused'] += 1
                with self.assertRaises(protobuf_message.DecodeError):
                    token_fields.parse(payload)
                continue
            outcomes['read'] += 1
            found = token_fields.parse(payload)
            self.assertEqual(_tokens([found])[0], [list(wanted.tokens)])
            wanted.ClearField('tokens')
            self.assertEqual(found.rest, wanted)
        self.assertGreater(min(outcomes['refused'], outcomes['read']), 0)

    def test_batches_keep_the_order(self):
        documents = [
            token_fields.parse(_document([str(i)] * i).SerializeToString()) for i in range(20)
        ]
        with absltest.mock.patch.object(token_fields, '_BATCH_BYTES', 100):
            batches = list(token_fields.batches(documents))
        self.assertGreater(len(batches), 3)
        self.assertEqual([one for batch in batches for one in batch], documents)
        self.assertEmpty(list(token_fields.batches([])))


if __name__ == '__main__':
    absltest.main()
