"""Tests of page XML to Page messages."""

import time

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common.pb import wikipedia_pb2
from tests import dump_samples
from tests import hostile
from wikipedia import dump_chunks
from wikipedia import dump_header
from wikipedia import pages
from wikipedia import revisions


def _parse(*texts, schema='0.11', start=1000, **options):
    site = dump_header.parse('x', dump_samples.head(schema, **options).encode())
    block = dump_chunks.Block(
        start,
        b''.join(text if isinstance(text, bytes) else text.encode() for text in texts).rstrip(),
    )
    return pages.parse_block(block, site)


def _pages(*texts, **options):
    parsed = _parse(*texts, **options)
    assert not parsed.faults, parsed.faults
    return [wikipedia_pb2.Page.FromString(payload) for payload in parsed.payloads]


class ParseBlockTest(parameterized.TestCase):
    @parameterized.parameters(*dump_samples.SCHEMAS)
    def test_every_field_of_every_schema(self, schema):
        (page,) = _pages(dump_samples.page(schema, title='Talk:A', key=1, ident=3), schema=schema)
        minor = dump_samples.number(schema)
        expected = wikipedia_pb2.Page(title='Talk:A', ns=1, id=3)
        expected.revision.add(
            id=100,
            parentid=99 if minor >= 7 else 0,
            timestamp='2020-01-02T03:04:05Z',
            contributor=wikipedia_pb2.Contributor(username='Ann', id=7),
            minor=True,
            model='wikitext' if minor >= 8 else '',
            format='text/x-wiki' if minor >= 8 else '',
            sha1='abc' if minor >= 6 else '',
            text='Text & more',
        )
        self.assertEqual(page, expected)

    @parameterized.parameters(*dump_samples.SCHEMAS)
    def test_redirects_of_every_schema(self, schema):
        (page,) = _pages(
            dump_samples.page(schema, redirect='Big town', text='#REDIRECT [[big_town]]'),
            schema=schema,
        )
        self.assertEqual(page.redirect_title, 'Big town')

    def test_new_schemas_are_believed_when_they_say_no_redirect(self):
        (page,) = _pages(dump_samples.page('0.10', text='#REDIRECT [[A]]'), schema='0.10')
        self.assertEqual(page.redirect_title, '')

    def test_every_revision_is_kept_and_the_latest_decides(self):
        three = ''.join(
            dump_samples.revision('0.3', rev=rev, text=text, time=f'20{rev}-01-01T00:00:00Z')
            for rev, text in ((11, '#REDIRECT [[A]]'), (13, '#REDIRECT [[B]]'), (12, 'C'))
        )
        (page,) = _pages(dump_samples.page('0.3', revisions=three), schema='0.3')
        self.assertEqual([revision.id for revision in page.revision], [11, 13, 12])
        self.assertEqual(revisions.latest(page).id, 13)
        self.assertEqual(page.redirect_title, 'B')

    def test_deleted_and_empty_elements(self):
        (page,) = _pages(
            '<page><title>A</title><ns>0</ns><id>1</id><restrictions>sysop</restrictions>'
            '<revision><id>2</id><timestamp>t</timestamp><contributor deleted="deleted" />'
            '<comment deleted="deleted" /><text deleted="deleted" /><sha1/></revision>'
            '<upload><text>no</text><filename>f</filename></upload>'
            '<DiscussionThreading><ThreadSubject>s</ThreadSubject></DiscussionThreading></page>'
        )
        self.assertEqual(page.revision[0], wikipedia_pb2.Revision(id=2, timestamp='t'))
        self.assertLen(page.revision, 1)

    def test_address_of_an_anonymous_contributor(self):
        (page,) = _pages(
            dump_samples.page().replace('<username>Ann</username><id>7</id>', '<ip>::1</ip>')
        )
        self.assertEqual(page.revision[0].contributor, wikipedia_pb2.Contributor(ip='::1'))

    def test_text_is_that_of_the_main_slot(self):
        (page,) = _pages(
            '<page><title>A</title><ns>6</ns><id>1</id><revision><id>2</id><origin>2</origin>'
            '<model>wikitext</model><format>text/x-wiki</format><text sha1="m">Main</text>'
            '<content><role>mediainfo</role><origin>2</origin><model>json</model>'
            '<format>application/json</format><text sha1="n">{}</text></content></revision></page>'
        )
        revision = page.revision[0]
        self.assertEqual((revision.text, revision.model, revision.sha1), ('Main', 'wikitext', 'm'))

    def test_line_ends_characters_and_long_texts(self):
        text = 'a\r\nb &lt;c&gt; &#x1F600; ' + 'x' * 11_000_000
        (page,) = _pages(dump_samples.page(text=text))
        self.assertEqual(page.revision[0].text[:12], 'a\nb <c> \U0001f600 xx')
        self.assertLen(page.revision[0].text, 11_000_010)

    def test_a_page_without_revisions(self):
        (page,) = _pages(dump_samples.page('0.3', revisions=''), schema='0.3')
        self.assertEmpty(page.revision)


class FaultTest(parameterized.TestCase):
    @parameterized.parameters(
        ('<title>Bad</title>', '', 'without <title>'),
        ('<ns>0</ns>', '', 'without <ns>'),
        ('<id>5</id>', '', 'without <id>'),
        ('<ns>0</ns>', '<ns>zero</ns>', "<ns> is 'zero'"),
        ('<id>100</id>', '<id>99999999999999999999</id>', 'not a number'),
        ('<id>100</id>', '<id>٣</id>', 'not a number'),
        ('Bad', 'x' * 2000, 'over 1024 characters'),
    )
    def test_bad_pages_are_left_out(self, old, new, reason):
        bad = dump_samples.page(title='Bad').replace(old, new, 1)
        good = dump_samples.page(title='Good', ident=8)
        parsed = _parse(good, bad, good, schema='0.11')
        (fault,) = parsed.faults
        self.assertLen(parsed.payloads, 2)
        self.assertIn(reason, fault.reason)
        self.assertFalse(fault.malformed)
        self.assertEqual((fault.index, fault.after), (1, '"Good" (id 8)'))
        self.assertEqual(fault.byte, 1000 + len(good.encode()))

    @parameterized.parameters(
        (b'more', b'mo\xffre', b'\xff', 'byte 0xff is not UTF-8'),
        (b'</text>', b'', b'</revision>', 'mismatched tag'),
        (b'&amp;', b'&', b' more', 'not well-formed'),
        (b'more', b'&nbsp;', b'&nbsp;', 'undefined entity'),
        (b'more', b'mo\x01re', b'\x01', 'not well-formed'),
        (b'more', b'<!DOCTYPE a [<!ENTITY b "c">]>', b'<!DOCTYPE', 'not well-formed'),
    )
    def test_malformed_xml_is_located(self, old, new, mark, reason):
        good = dump_samples.page(title='Good', ident=8).encode()
        bad = dump_samples.page(title='Bad').encode().replace(old, new, 1)
        parsed = _parse(good, bad, good)
        (fault,) = parsed.faults
        self.assertLen(parsed.payloads, 2)
        self.assertTrue(fault.malformed)
        self.assertIn(reason, fault.reason)
        place = 1000 + len(good) + bad.index(mark)
        self.assertBetween(fault.byte, place - 2, place + 3)

    def test_deep_nesting_is_bounded(self):
        bad = dump_samples.page(text='<a>' * 100_000 + '</a>' * 100_000)
        parsed = _parse(bad, dump_samples.page(title='Good'))
        self.assertLen(parsed.faults, 1)
        self.assertLen(parsed.payloads, 1)

    @parameterized.parameters('<page/>', '<page />', '<logitem><id>1</id></logitem>')
    def test_elements_that_end_otherwise(self, other):
        good = dump_samples.page(title='Good')
        parsed = _parse(other, other, good, other, '<page></page>', good)
        self.assertLen(parsed.payloads, 2)
        self.assertLen(parsed.faults, 4)
        places = [fault.byte for fault in parsed.faults]
        self.assertEqual((places[0], places), (1000, sorted(places)))
        self.assertLess(places[-1], 1000 + 3 * len(other + good))

    def test_many_bad_pages_take_linear_time(self):
        started = time.process_time()
        parsed = _parse('<page></page> ' * 100_000)
        self.assertLen(parsed.faults, 100_000)
        self.assertEqual(parsed.faults[-1].byte, 1000 + 14 * 99_999)
        # Were each looked for from the start, it would be an hour.
        self.assertLess(time.process_time() - started, 30)

    @parameterized.parameters('<a/>', 'b<a/>', '</a><a>', '<a b="" c=\'\'/>', '<a b = "c"/>')
    def test_more_tags_than_memory_is_for(self, piece):
        good = dump_samples.page(title='Good')
        start = '<page><a>' if piece.startswith('</') else '<page>'
        end = '</a></page>' if piece.startswith('</') else '</page>'
        bad = start + piece * (40_000 // len(piece)) + end
        with absltest.mock.patch.multiple(pages, _UNCOUNTED_BYTES=20_000, _MAX_MARKS=6_000):
            parsed = _parse(good, bad, good)
        self.assertLen(parsed.payloads, 2)
        self.assertEqual(parsed.faults[0].reason, 'a page of over 6,000 tags and attributes')
        self.assertBetween(parsed.faults[0].byte, 999 + len(good), 1000 + len(good))

    def test_titles_of_ten_megabytes(self):
        long = dump_samples.page(title='x' * 10_000_000, redirect='y' * 10_000_000)
        parsed = _parse(dump_samples.page(), long, dump_samples.page(title='Good'))
        self.assertLen(parsed.payloads, 2)
        self.assertIn('over 1024 characters', parsed.faults[0].reason)

    @parameterized.parameters(
        '<!ENTITY a "b">', '<!DOCTYPE page [<!ENTITY a "b">]>', '&a;', '<?xml version="1.1"?>'
    )
    def test_entities_are_not_defined_amid_pages(self, text):
        good = dump_samples.page(title='Good')
        parsed = _parse(good, good.replace('Good', text), text, good)
        self.assertNotEmpty(parsed.faults)
        for payload in parsed.payloads:
            self.assertEqual(wikipedia_pb2.Page.FromString(payload).title, 'Good')

    @hostile.settings(250)
    @hypothesis.given(strategies.data())
    def test_any_damage(self, data):
        schema = data.draw(strategies.sampled_from(dump_samples.SCHEMAS))
        good = dump_samples.page(schema, redirect='B').encode()
        bad = data.draw(hostile.damaged([good, good + b'<page/>', b'<a b="c"/>', b'']))
        parsed = _parse(good, bad + dump_chunks.PAGE_END, good, schema=schema)
        for payload in parsed.payloads:
            self.assertNotEmpty(wikipedia_pb2.Page.FromString(payload).title)
        places = [fault.byte for fault in parsed.faults]
        self.assertEqual(places, sorted(places))
        self.assertTrue(all(fault.reason for fault in parsed.faults))

    def test_text_between_pages(self):
        parsed = _parse(dump_samples.page(), 'lost words', dump_samples.page(title='Good'))
        self.assertIn('text between pages', parsed.faults[0].reason)

    def test_nested_pages(self):
        page = dump_samples.page()
        parsed = _parse(page.replace('</page>', ''), page, page)
        self.assertLen(parsed.payloads, 1)
        self.assertLen(parsed.faults, 1)


if __name__ == '__main__':
    absltest.main()
