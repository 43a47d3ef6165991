"""Small dumps of every export schema, made by the tests that read them."""

SCHEMAS = tuple(f'0.{minor}' for minor in range(3, 12))

NAMESPACES = {-2: 'Media', -1: 'Special', 0: '', 1: 'Talk', 2: 'User', 6: 'File', 14: 'Category'}


def number(schema):
    return int(schema.partition('.')[2])


def siteinfo(schema='0.11', *, dbname='enwiki', case='first-letter', namespaces=NAMESPACES):
    minor = number(schema)
    spaces = ''.join(
        f'<namespace key="{key}"{f""" case="{case}" """ if minor > 3 else ""}>{name}</namespace>\n'
        for key, name in namespaces.items()
    )
    database = f'<dbname>{dbname}</dbname>\n' if minor >= 9 else ''
    language = dbname.removesuffix('wiki')
    return (
        f'<siteinfo>\n<sitename>Wikipedia</sitename>\n{database}'
        f'<base>https://{language}.wikipedia.org/wiki/Main_Page</base>\n'
        f'<generator>MediaWiki 1.30</generator>\n<case>{case}</case>\n'
        f'<namespaces>\n{spaces}</namespaces>\n</siteinfo>\n'
    )


def head(schema='0.11', language='en', **site):
    return (
        f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-{schema}/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'version="{schema}" xml:lang="{language}">\n'
        + siteinfo(schema, **{'dbname': f'{language}wiki', **site})
    )


def revision(schema='0.11', *, rev=100, text='Text &amp; more', time='2020-01-02T03:04:05Z'):
    minor = number(schema)
    parent = f'<parentid>{rev - 1}</parentid>' if minor >= 7 else ''
    model = '<model>wikitext</model><format>text/x-wiki</format>' if minor >= 8 else ''
    sha1 = '<sha1>abc</sha1>' if minor >= 6 else ''
    origin = f'<origin>{rev}</origin>' if minor >= 11 else ''
    return (
        f'<revision><id>{rev}</id>{parent}<timestamp>{time}</timestamp>'
        '<contributor><username>Ann</username><id>7</id></contributor><minor />'
        f'<comment>c</comment>{origin}{model}'
        f'<text xml:space="preserve">{text}</text>{sha1}</revision>\n'
    )


def page(schema='0.11', *, title='Title', key=0, ident=5, redirect=None, revisions=None, **options):
    minor = number(schema)
    space = f'<ns>{key}</ns>' if minor >= 6 else ''
    target = ''
    if redirect is not None:
        target = f'<redirect title="{redirect}" />' if minor >= 6 else ''
        target = '<redirect />' if minor in (4, 5) else target
    body = revisions if revisions is not None else revision(schema, **options)
    return f'<page>\n<title>{title}</title>{space}<id>{ident}</id>{target}\n{body}</page>\n'


def dump(*pages, schema='0.11', **options):
    return (head(schema, **options) + ''.join(pages) + '</mediawiki>\n').encode()
