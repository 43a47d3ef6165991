"""Tests of wikipedia/text_documents.py, wikipedia/links.py and wikipedia/interwiki.py."""

import collections

from absl.testing import absltest
from absl.testing import parameterized

from common.pb import recsys_pb2
from common.pb import wikipedia_pb2
from wikipedia import links
from wikipedia import markup
from wikipedia import siteinfo
from wikipedia import text_documents

_WIKI = 'https://de.wikipedia.org/wiki/'


def _site(case=siteinfo.CASE_FIRST_LETTER):
    spaces = ((0, ''), (1, 'Diskussion'), (6, 'Datei'), (10, 'Vorlage'), (14, 'Kategorie'))
    return siteinfo.complete(
        siteinfo.SiteInfo(
            language='de',
            dbname='dewiki',
            base=_WIKI + 'Wikipedia:Hauptseite',
            case=case,
            namespaces=tuple(siteinfo.Namespace(key, name, case) for key, name in spaces),
        )
    )


def _page(title='Berlin', text='Text', ns=0, **fields):
    revision = wikipedia_pb2.Revision(id=1, text=text, model=fields.pop('model', 'wikitext'))
    return wikipedia_pb2.Page(title=title, ns=ns, revision=[revision], **fields)


def _convert(*pages, **options):
    counts = collections.Counter()
    options = text_documents.Options(**options)
    return list(text_documents.convert(pages, _site(), options, counts)), counts


class LinksTest(parameterized.TestCase):
    @parameterized.parameters(
        ('Hund', 'Hund'),
        ('hund', 'Hund'),
        (' hund_ katze  x ', 'Hund_katze_x'),
        (':hund', 'Hund'),
        ('Hund#Rassen', 'Hund'),
        ('caf&eacute;', 'Caf%C3%A9'),
        ('Caf%C3%A9', 'Caf%C3%A9'),
        ('AT&T', 'AT%26T'),
        ('Krieg: Folge', 'Krieg:_Folge'),
        ('Wer?', 'Wer%3F'),
        ('A/B (C), d', 'A/B_(C),_d'),
        ('ßa', '%C3%9Fa'),
    )
    def test_articles(self, target, title):
        self.assertEqual(links.LinkResolver(_site()).article_url(target), _WIKI + title)

    @parameterized.parameters(
        '#Abschnitt', '', ' ', ':', 'Datei:x.jpg', 'bild:x', 'File:x', ':Datei:x', 'Fichier:x.PNG',
        'Kategorie:A', ':category:A', 'VORLAGE:B', 'Diskussion:C', 'en:Dog', ':en:Dog', 'wikt:Hund',
        'Commons:Hund', 'zh-min-nan:x', 'a%5Bb', 'x' * 256, '%FF',
    )  # fmt: skip
    def test_no_articles(self, target):
        self.assertEqual(links.LinkResolver(_site()).article_url(target), '')

    def test_case_sensitive_site(self):
        resolver = links.LinkResolver(_site(siteinfo.CASE_SENSITIVE))
        self.assertEqual(resolver.article_url('hund'), _WIKI + 'hund')

    def test_links_of_a_text(self):
        text = (
            '[[B]]s [[a|x]] [[b#c]] {{d|[[E]]}}\n{|\n|[[F|{{g}}]]\n|}<ref>[[H]]</ref> [[Selbst#x]]'
            '[[Datei:i.jpg|mini|[[J]]]]<!-- [[K]] --><nowiki>[[L]]</nowiki><math>[[M]]</math>'
            '[[N\nO]] [[P [[Q]] [[|R]] [[S'
        )
        urls = links.LinkResolver(_site()).article_urls(markup.hide_opaque(text), _WIKI + 'Selbst')
        self.assertEqual(urls, [_WIKI + title for title in 'BAEFHJQ'])

    def test_hidden_prefixes(self):
        hidden = links.hidden_prefixes(_site())
        self.assertContainsSubset({'datei', 'bild', 'file', 'image', 'kategorie', 'en'}, hidden)
        self.assertNoCommonElements({'vorlage', 'diskussion', 'wikt'}, hidden)


class ConvertTest(parameterized.TestCase):
    def test_document(self):
        text = "{{x|y}}'''Berlin''' ist [[Stadt|groß]].\n\n== Lage ==\nIn [[europa]].[[en:Berlin]]"
        (document,), counts = _convert(_page('Berlin (Stadt)', text))
        self.assertEqual(document.primary, _WIKI + 'Berlin_(Stadt)')
        self.assertEqual(document.url, document.primary)
        self.assertEqual(document.tokens, ['berlin', 'ist', 'groß', 'lage', 'in', 'europa'])
        self.assertEqual(document.lead_tokens, ['berlin', 'ist', 'groß'])
        self.assertEqual(document.secondary, [_WIKI + 'Stadt', _WIKI + 'Europa'])
        self.assertEqual(counts, {text_documents.DOCUMENTS: 1})

    def test_raw_markup_and_book_tokenizer(self):
        page = _page(text='{{x|y}}\nA-b [[c|D]].\n\n<!-- e -->')
        (document,), _ = _convert(page, markup='raw', tokenizer='book')
        self.assertEqual(document.tokens, ['x', 'y', 'a-b', 'c', 'd', '--', 'e', '--'])
        self.assertEqual(document.lead_tokens, ['a-b', 'c', 'd'])
        self.assertEqual(document.secondary, [_WIKI + 'C'])

    def test_latest_revision_is_read(self):
        page = wikipedia_pb2.Page(title='A')
        for number, time, text in (
            (7, '2006-01-01T00:00:00Z', 'alt'),
            (5, '2007-01-01T00:00:00Z', 'neu'),
            (6, '2007-01-01T00:00:00Z', 'neuer'),
            (9, '2005-01-01T00:00:00Z', 'sehr alt'),
        ):
            page.revision.add(id=number, timestamp=time, text=text)
        (document,), _ = _convert(page)
        self.assertEqual(document.tokens, ['neuer'])

    def test_redirects_are_kept_apart(self):
        records, counts = _convert(
            _page('Bärlin', redirect_title='berlin#Lage'), _page('X', redirect_title='Datei:Y')
        )
        redirect = recsys_pb2.Redirect(url=_WIKI + 'B%C3%A4rlin', target=_WIKI + 'Berlin')
        self.assertEqual(records, [redirect])
        self.assertEqual(
            counts, {text_documents.REDIRECTS: 1, text_documents.REDIRECT_ELSEWHERE: 1}
        )

    @parameterized.parameters(
        (text_documents.OTHER_NAMESPACE, {'ns': 14}),
        (text_documents.NO_TITLE, {'title': ' '}),
        (text_documents.NO_TEXT, {'text': ''}),
        (text_documents.NO_TEXT, {'text': ' \n'}),
        (text_documents.NOT_WIKITEXT, {'model': 'Scribunto'}),
        (text_documents.NO_WORDS, {'text': '{{only|templates}} [[Kategorie:A]] --'}),
    )
    def test_skipped_pages_are_counted(self, reason, fields):
        self.assertEqual(_convert(_page(**fields)), ([], {reason: 1}))

    def test_page_without_revision(self):
        page = wikipedia_pb2.Page(title='A')
        self.assertEqual(_convert(page), ([], {text_documents.NO_TEXT: 1}))

    def test_other_namespaces_on_request(self):
        page = _page('Kategorie:A', '[[B]]', ns=14)
        (document,), _ = _convert(page, namespaces=frozenset((0, 14)))
        self.assertEqual(document.primary, _WIKI + 'Kategorie:A')


if __name__ == '__main__':
    absltest.main()
