"""Reads the head of a dump, up to its first page: is it a dump, and of which wiki?"""

import re

from lxml import etree

from common import errors
from wikipedia import siteinfo

_UTF8_BOM = b'\xef\xbb\xbf'
_DECLARATION = re.compile(rb'\s*<\?xml[^>]*\?>')
_ENCODING = re.compile(rb'encoding\s*=\s*["\']([A-Za-z0-9._-]+)["\']')
_READABLE_ENCODINGS = frozenset(('utf-8', 'utf8', 'us-ascii', 'utf-16', 'utf-16le', 'utf-16be'))
_SCHEMA_OF_XMLNS = re.compile(r'/export-([0-9.]+)/?$')
_XML_LANG = '{http://www.w3.org/XML/1998/namespace}lang'
_SHOWN_BYTES = 60


def parse(path: str, header: bytes) -> siteinfo.SiteInfo:
    """Returns the site that a dump's header describes.

    Args:
        path: the dump, for messages.
        header: the bytes before its first page, or before </mediawiki>.

    Raises:
        InputError: when it is not the header of a dump.
    """
    text = header.removeprefix(_UTF8_BOM)
    if not text.lstrip().startswith(b'<'):
        raise errors.InputError(f'{path} is no MediaWiki XML dump: it begins {_shown(text)}')
    declaration = _DECLARATION.match(text)
    if declaration:
        _check_encoding(path, declaration[0])
        text = text[declaration.end() :]
    if b'<!DOCTYPE' in text.upper() or b'<!ENTITY' in text.upper():
        what = 'HTML' if re.search(rb'<!DOCTYPE\s+html', text, re.IGNORECASE) else 'XML with a DTD'
        raise errors.InputError(f'{path} is {what}, which no MediaWiki dump is; download it again')
    return _site(_root(path, text))


def _check_encoding(path: str, declaration: bytes) -> None:
    encoding = _ENCODING.search(declaration)
    if encoding and encoding[1].decode().lower() not in _READABLE_ENCODINGS:
        name = encoding[1].decode()
        raise errors.InputError(
            f'{path} says that it is {name}, and dumps are UTF-8; convert it: '
            f'iconv -f {name} -t UTF-8'
        )


def _root(path: str, text: bytes) -> etree._Element:
    """Returns the root element; the header lacks its end, which a feed does not mind."""
    parser = etree.XMLPullParser(
        events=('start', 'end'), encoding='utf-8', resolve_entities=False, no_network=True
    )
    root = None
    try:
        parser.feed(text)
        for event, element in parser.read_events():
            root = element if root is None and event == 'start' else root
    except etree.XMLSyntaxError as error:
        raise errors.InputError(
            f'{path} is no MediaWiki XML dump: its head is not well-formed ({error.msg}); it '
            f'begins {_shown(text)}'
        ) from None
    if root is None:
        raise errors.InputError(f'{path} ends before its first page; it begins {_shown(text)}')
    name = _split_tag(root)[1]
    if name != 'mediawiki':
        raise errors.InputError(f'{path} is XML, but of <{name[:40]}>; a dump has <mediawiki>')
    return root


def _split_tag(element: etree._Element) -> tuple[str, str]:
    """Returns namespace and name; etree.QName raises for names with a colon, which parse."""
    namespace, _, name = element.tag.rpartition('}')
    return namespace.removeprefix('{'), name


def _shown(text: bytes) -> str:
    start = text.lstrip()[:_SHOWN_BYTES].decode('utf-8', 'backslashreplace')
    return repr(start) if start else 'with nothing'


def _site(root: etree._Element) -> siteinfo.SiteInfo:
    schema = root.get('version', '')
    xmlns = _SCHEMA_OF_XMLNS.search(_split_tag(root)[0])
    fields = {'language': root.get(_XML_LANG, ''), 'schema': schema or (xmlns[1] if xmlns else '')}
    for name in ('sitename', 'dbname', 'base', 'generator', 'case'):
        element = root.find(f'{{*}}siteinfo/{{*}}{name}')
        if element is not None and element.text:
            fields[name] = element.text.strip()
    case = fields.get('case', siteinfo.CASE_FIRST_LETTER)
    return siteinfo.complete(siteinfo.SiteInfo(**fields, namespaces=_namespaces(root, case)))


def _namespaces(root: etree._Element, case: str) -> tuple[siteinfo.Namespace, ...]:
    aliases: dict[int, list[str]] = {}
    for element in root.iterfind('{*}siteinfo/{*}namespacealiases/{*}*'):
        if _has_key(element):
            aliases.setdefault(int(element.get('key')), []).append((element.text or '').strip())
    return tuple(
        siteinfo.Namespace(
            int(element.get('key')),
            (element.text or '').strip().replace('_', ' '),
            element.get('case', case),
            tuple(filter(None, aliases.get(int(element.get('key')), ()))),
        )
        for element in root.iterfind('{*}siteinfo/{*}namespaces/{*}namespace')
        if _has_key(element)
    )


def _has_key(element: etree._Element) -> bool:
    return re.fullmatch(r'-?[0-9]{1,9}', element.get('key', '')) is not None
