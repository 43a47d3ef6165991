"""Repeats a dump with changed titles, for tests of scale.

python scripts/bench/repeat_dump.py DUMP.xml.bz2 OUTPUT.xml.bz2 COPIES

The titles of copy 2 begin with "Copy 2 "; its links and redirects lead to the first copy. 100 pages
are a bzip2 stream, as in the dumps of Wikipedia.
"""

import bz2
import concurrent.futures
import os
import re
import sys
from collections.abc import Iterator

_PAGES_PER_STREAM = 100
_PAGE = re.compile(rb'[ \t]*<page>.*?</page>\n?', re.DOTALL)
_TITLE = re.compile(rb'<title>(.*?)</title>')


def _copy(pages: list[bytes], number: int) -> Iterator[bytes]:
    """Yields the text of the streams of a copy."""
    title = b'<title>\\1</title>' if number == 1 else b'<title>Copy %d \\1</title>' % number
    for start in range(0, len(pages), _PAGES_PER_STREAM):
        yield _TITLE.sub(title, b''.join(pages[start : start + _PAGES_PER_STREAM]))


def main() -> None:
    """Writes the dump."""
    source, output, copies = sys.argv[1:]
    with open(source, 'rb') as file:
        text = bz2.decompress(file.read())
    pages = _PAGE.findall(text)
    threads = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(threads) as pool, open(output, 'wb') as file:
        file.write(bz2.compress(text[: text.index(pages[0])]))
        for number in range(1, int(copies) + 1):
            file.writelines(pool.map(bz2.compress, _copy(pages, number)))
        file.write(bz2.compress(b'</mediawiki>\n'))


if __name__ == '__main__':
    main()
