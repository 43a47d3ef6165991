"""Flags of pages with photographs. Read them through the functions, in main."""

from absl import flags

from common import errors
from pinterest import photograph_urls

_LOCAL = ('small', 'copy', 'link')

_HTML_DIR = flags.DEFINE_string('html_dir', '', 'Directory of pages to write.')
_IMAGE_DIR = flags.DEFINE_string('image_dir', '', 'Directory of photographs, for the pages.')
_SCENE_IMAGE_DIR = flags.DEFINE_string(
    'scene_image_dir', '', 'Directory of those of scenes, when they are not in --image_dir.'
)
_PHOTOGRAPHS = flags.DEFINE_enum(
    'photographs',
    'small',
    ['small', 'copy', 'link', 'url', 'none'],
    'Small or whole copies beside the pages, symbolic links there, addresses by --url_template, '
    'which the pages then load from, or none.',
)
_URL_TEMPLATE = flags.DEFINE_string(
    'url_template', photograph_urls.PINIMG, 'Address of a photograph, with {id} or {id[0:2]}.'
)
_SMALL_SIZE = flags.DEFINE_integer(
    'small_size', 480, 'Longer side of a small copy in pixels.', lower_bound=16, upper_bound=4096
)
_SCENES_PER_PAGE = flags.DEFINE_integer(
    'scenes_per_page', 48, 'Scenes on a page of the index.', lower_bound=1, upper_bound=1000
)


def html_dir() -> str:
    """Returns the directory of pages to write, '' for none."""
    return _HTML_DIR.value


def image_dirs() -> list[str]:
    """Returns the directories of photographs that are given."""
    return [path for path in (_IMAGE_DIR.value, _SCENE_IMAGE_DIR.value) if path]


def check() -> None:
    """Checks what the flags say before anything is written.

    Raises:
        UsageError: for flags that do not fit together.
        InputError: when there is no directory of photographs where one is named.
    """
    _template()
    if not _HTML_DIR.value or _PHOTOGRAPHS.value not in _LOCAL:
        return
    if not _IMAGE_DIR.value:
        raise errors.UsageError(
            f'--photographs={_PHOTOGRAPHS.value} wants --image_dir; or say --photographs=none'
        )
    from pinterest import photographs

    for path in image_dirs():
        photographs.check_directory(path)


def write(content: 'page_looks.Content', *, overwrite: bool) -> None:  # noqa: F821
    """Writes the pages.

    Args:
        content: what they show.
        overwrite: whether they may replace others.
    """
    from pinterest import recommendations_page

    photographs = recommendations_page.Photographs(
        _PHOTOGRAPHS.value,
        _SCENE_IMAGE_DIR.value or _IMAGE_DIR.value,
        _IMAGE_DIR.value,
        _SMALL_SIZE.value,
        _template(),
    )
    recommendations_page.write(
        _HTML_DIR.value,
        content,
        photographs,
        scenes_per_page=_SCENES_PER_PAGE.value,
        overwrite=overwrite,
    )


def _template() -> photograph_urls.Template | None:
    return photograph_urls.Template(_URL_TEMPLATE.value) if _PHOTOGRAPHS.value == 'url' else None
