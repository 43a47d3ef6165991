"""Photographs for pages: small or whole copies, or links, in a folder beside the pages."""

import concurrent.futures
import os
import shutil
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from absl import logging
from PIL import Image

from common import progress
from pinterest import identifiers
from pinterest import photographs

SMALL, COPY, LINK, URL, NONE = 'small', 'copy', 'link', 'url', 'none'
MODES = (SMALL, COPY, LINK, URL, NONE)
LOCAL_MODES = (SMALL, COPY, LINK)
FOLDER = 'images'
_JPEG_QUALITY = 85
_NUM_NAMED = 5


def place(
    mode: str, kind: str, ids: Iterable[str], image_dir: str, page_dir: str, *, small_size: int
) -> dict[str, str]:
    """Puts photographs beside pages.

    Args:
        mode: SMALL for copies of at most small_size pixels, COPY, LINK for symbolic links.
        kind: names the folder of the photographs in FOLDER.
        ids: of the photographs. One that has no usable photograph gets none, which is logged.
        image_dir: where they are.
        page_dir: where the pages are.
        small_size: pixels of the longer side.

    Returns:
        The address of each photograph that there is, relative to page_dir.
    """
    wanted = dict.fromkeys(ids)
    found = photographs.find(image_dir, filter(identifiers.is_valid, wanted))
    os.makedirs(os.path.join(page_dir, FOLDER, kind), exist_ok=True)

    def put(identifier: str) -> str | None:
        source = found[identifier]
        extension = '.jpg' if mode == SMALL else os.path.splitext(source)[1].lower()
        address = f'{FOLDER}/{kind}/{identifier}{extension}'
        try:
            _PUTTERS[mode](source, os.path.join(page_dir, address), small_size)
        except photographs.PhotographError:
            return None
        return address

    with (
        concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        progress.Progress(len(found), 'photographs') as shown,
    ):
        addresses = {}
        for identifier, address in zip(found, pool.map(put, found), strict=True):
            shown.add(1)
            if address:
                addresses[identifier] = address
    _report_missing(kind, [identifier for identifier in wanted if identifier not in addresses])
    return addresses


def _report_missing(kind: str, missing: Sequence[str]) -> None:
    if missing:
        names = ', '.join(map(repr, missing[:_NUM_NAMED]))
        more = ', …' if len(missing) > _NUM_NAMED else ''
        logging.warning(
            '%d photographs of %ss are missing in the pages: %s%s', len(missing), kind, names, more
        )


def _shrink(source: str, target: str, size: int) -> None:
    header = photographs.check(source)
    square = photographs.load(source, min(size, max(header.width, header.height)))
    pixels = len(square.pixels)
    left, top, right, bottom = (round(pixels * end) for end in square.frame)
    picture = Image.fromarray(square.pixels[top:bottom, left:right])
    picture.save(target, 'JPEG', quality=_JPEG_QUALITY)


def _copy(source: str, target: str, _: int) -> None:
    photographs.check_shown(source)
    shutil.copyfile(source, target)


def _link(source: str, target: str, _: int) -> None:
    photographs.check_shown(source)
    os.symlink(os.path.abspath(source), target)


_PUTTERS: dict[str, Callable[[str, str, int], None]] = {SMALL: _shrink, COPY: _copy, LINK: _link}
