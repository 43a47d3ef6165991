"""Turns the XML of pages, of export schemas 0.3 to 0.11, into Page messages."""

import dataclasses
import itertools
import re
import xml.parsers.expat
from collections.abc import Callable

from lxml import etree

from common.pb import wikipedia_pb2
from wikipedia import dump_chunks
from wikipedia import redirects
from wikipedia import revisions
from wikipedia.siteinfo import SiteInfo

_SCHEMA_WITH_NS = (0, 6)  # From here on <ns> and <redirect title> are always there,
_SCHEMA_WITH_ID = (0, 10)  # and from here <id>.
_MAX_TITLE_CHARACTERS = 1024  # MediaWiki allows 255 bytes after the prefix.
_MAX_INT64 = (1 << 63) - 1
_OPEN, _CLOSE = b'<mediawiki>', b'</mediawiki>'
_SPACE = re.compile(rb'\s*')
# Of tags and attributes, which take 200 bytes of memory each, and of bytes that are not counted.
_MAX_MARKS, _UNCOUNTED_BYTES = 5_000_000, 16 << 20
_MARK = re.compile(rb'<|=\s*["\']')


class _BadPageError(Exception):
    """A page of good XML that is not a page of the schema."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """A page that could not be made a record.

    Attributes:
        index: how many pages of its block precede it.
        byte: where in the decompressed dump the fault is.
        reason: what it is.
        malformed: whether the XML itself is broken.
        after: the last good page before it in the block, or ''.
    """

    index: int
    byte: int
    reason: str
    malformed: bool
    after: str


@dataclasses.dataclass
class ParsedBlock:
    """The serialized pages of a block, what was wrong, and what to say of them."""

    payloads: list[bytes] = dataclasses.field(default_factory=list)
    faults: list[Fault] = dataclasses.field(default_factory=list)
    redirects: int = 0
    revisions: int = 0
    last: str = ''

    def add(self, page: wikipedia_pb2.Page) -> None:
        self.payloads.append(page.SerializeToString())
        self.redirects += bool(page.redirect_title)
        self.revisions += len(page.revision)
        self.last = f'"{page.title}" (id {page.id})'


def schema_version(site: SiteInfo) -> tuple[int, ...]:
    """Returns the schema's version as numbers; () when it is not known."""
    return tuple(int(number) for number in re.findall('[0-9]{1,9}', site.schema))


def parse_block(block: dump_chunks.Block, site: SiteInfo) -> ParsedBlock:
    """Parses whole pages; what is wrong with them is in the result, not raised."""
    parsed = ParsedBlock()
    try:
        root = _parse_xml(block.data)
    except (etree.XMLSyntaxError, _BadPageError):
        return _parse_page_by_page(block, site)
    version = schema_version(site)
    places = _Places(block)
    for number, element in enumerate(root):
        try:
            parsed.add(_page(element, site, version))
        except _BadPageError as error:
            _add_fault(parsed, places.find(number), str(error), malformed=False)
    return parsed


def _parse_xml(pages: bytes) -> etree._Element:
    """Parses pages without a root, refusing all that a dump has no use for.

    Raises:
        XMLSyntaxError: when they are not well-formed.
        _BadPageError: when they consist of so many tags that their tree would fill memory.
    """
    if len(pages) > _UNCOUNTED_BYTES:
        marks = itertools.islice(_MARK.finditer(pages), _MAX_MARKS, None)
        if next(marks, None) is not None:
            raise _BadPageError(f'a page of over {_MAX_MARKS:,} tags and attributes')
    parser = etree.XMLParser(
        encoding='utf-8',
        huge_tree=True,  # Texts may exceed libxml2's 10 MB; nesting stays limited to 2048.
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(b''.join((_OPEN, pages, _CLOSE)), parser)


def _parse_page_by_page(block: dump_chunks.Block, site: SiteInfo) -> ParsedBlock:
    """Parses a block that is not well-formed, so that only its bad pages are lost."""
    parsed = ParsedBlock()
    version = schema_version(site)
    start = 0
    while start < len(block.data):
        stop = block.data.find(dump_chunks.PAGE_END, start) + len(dump_chunks.PAGE_END)
        data = block.data[start:stop]
        try:
            (element,) = _parse_xml(data)
            parsed.add(_page(element, site, version))
        except _BadPageError as error:
            _add_fault(parsed, block.start + start, str(error), malformed=False)
        except (etree.XMLSyntaxError, ValueError) as error:
            byte, reason = explain(data, str(error))
            _add_fault(parsed, block.start + start + byte, reason, malformed=True)
        start = stop
    return parsed


class _Places:
    """Finds where pages of a block start, in one pass over its bytes."""

    def __init__(self, block: dump_chunks.Block) -> None:
        self._block = block
        self._start = self._number = 0

    def find(self, number: int) -> int:
        """Returns where a page starts in the dump; numbers must rise.

        Where the block holds elements that do not end as pages do, as <page/>, it is a page or so
        further on.
        """
        data = self._block.data
        while self._number < number:
            end = data.find(dump_chunks.PAGE_END, self._start)
            if end < 0:
                break
            self._start = end + len(dump_chunks.PAGE_END)
            self._number += 1
        return self._block.start + _SPACE.match(data, self._start).end()


def _add_fault(parsed: ParsedBlock, byte: int, reason: str, *, malformed: bool) -> None:
    index = len(parsed.payloads)
    parsed.faults.append(Fault(index, byte, reason, malformed, parsed.last))


def explain(data: bytes, otherwise: str) -> tuple[int, str]:
    """Returns at which byte of some XML without a root the fault is, and what it is."""
    try:
        data.decode('utf-8')
    except UnicodeDecodeError as error:
        return error.start, f'byte 0x{data[error.start]:02x} is not UTF-8'
    parser = xml.parsers.expat.ParserCreate('utf-8')
    try:
        parser.Parse(_OPEN + data + _CLOSE, True)
    except xml.parsers.expat.ExpatError as error:
        reason = xml.parsers.expat.ErrorString(error.code)
        return max(0, parser.ErrorByteIndex - len(_OPEN)), f'not well-formed XML ({reason})'
    return 0, f'not a page of a dump ({otherwise})'


def _page(element: etree._Element, site: SiteInfo, version: tuple[int, ...]) -> wikipedia_pb2.Page:
    if element.tag != 'page':
        raise _BadPageError(f'a <{str(element.tag)[:40]}> where a <page> is expected')
    if element.tail and not element.tail.isspace():
        raise _BadPageError('text between pages')
    page = wikipedia_pb2.Page()
    seen = set()
    is_redirect = False
    for child in element:
        tag = child.tag
        seen.add(tag)
        if tag == 'title':
            page.title = child.text or ''
        elif tag == 'ns':
            page.ns = _integer(child)
        elif tag == 'id':
            page.id = _integer(child)
        elif tag == 'redirect':
            is_redirect = True
            page.redirect_title = child.get('title', '')
        elif tag == 'revision':
            _fill_revision(child, page.revision.add())
    _check(page, seen, site, version)
    if 'ns' not in seen:
        page.ns = site.namespace_of(page.title)
    if not page.redirect_title and page.revision and (is_redirect or version < _SCHEMA_WITH_NS):
        text = revisions.latest(page).text
        page.redirect_title = redirects.find_target(text, site, is_redirect=is_redirect)
    return page


def _check(page: wikipedia_pb2.Page, seen: set, site: SiteInfo, version: tuple[int, ...]) -> None:
    if not page.title:
        raise _BadPageError('a page without <title>')
    if len(page.title) > _MAX_TITLE_CHARACTERS:
        raise _BadPageError(f'a title of over {_MAX_TITLE_CHARACTERS} characters')
    for tag, since in (('ns', _SCHEMA_WITH_NS), ('id', _SCHEMA_WITH_ID)):
        if tag not in seen and version >= since:
            raise _BadPageError(f'a page without <{tag}>, which schema {site.schema} demands')


def _fill_revision(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
    """Fills a revision. A <content> is a slot other than the main one, whose text is in <text>."""
    for child in element:
        field = _REVISION_FIELDS.get(child.tag)
        if field is not None:
            field(child, revision)


def _fill_text(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
    revision.text = element.text or ''
    if not revision.sha1:
        revision.sha1 = element.get('sha1', '')


def _fill_contributor(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
    for child in element:
        if child.tag == 'username':
            revision.contributor.username = child.text or ''
        elif child.tag == 'id':
            revision.contributor.id = _integer(child)
        elif child.tag == 'ip':
            revision.contributor.ip = child.text or ''


def _set_text(name: str) -> Callable[[etree._Element, wikipedia_pb2.Revision], None]:
    def fill(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
        if element.text:
            setattr(revision, name, element.text)

    return fill


def _set_integer(name: str) -> Callable[[etree._Element, wikipedia_pb2.Revision], None]:
    def fill(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
        setattr(revision, name, _integer(element))

    return fill


def _set_minor(element: etree._Element, revision: wikipedia_pb2.Revision) -> None:
    revision.minor = True


_REVISION_FIELDS = {
    'id': _set_integer('id'),
    'parentid': _set_integer('parentid'),
    'timestamp': _set_text('timestamp'),
    'contributor': _fill_contributor,
    'minor': _set_minor,
    'model': _set_text('model'),
    'format': _set_text('format'),
    'sha1': _set_text('sha1'),
    'text': _fill_text,
}


def _integer(element: etree._Element) -> int:
    text = (element.text or '').strip()
    if not re.fullmatch(r'-?[0-9]{1,19}', text) or abs(int(text)) > _MAX_INT64:
        raise _BadPageError(f'<{element.tag}> is {text[:40]!r}, not a number')
    return int(text)
