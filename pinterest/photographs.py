"""Photographs of scenes and products: finding, checking and decoding them, whatever they are.

JPEG (also CMYK, grey, progressive, or turned by EXIF), PNG (also of 16 bits, with a palette, or
transparent), GIF, WebP and AVIF (of an animation the first picture), BMP and TIFF are decoded by
their content, whatever their names say. Everything else is a PhotographError, never a crash.
"""

import contextlib
import dataclasses
import io
import os
import warnings
from collections.abc import Iterable
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

from common import datasets
from common import errors
from pinterest import identifiers

# As many as Pillow decodes without a warning: 9,000 x 9,000 pixels, 240 MB.
MAX_PIXELS = 80_000_000
EXTENSIONS = ('.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif')
MISSING = 'no such photograph'
EMPTY = 'an empty file'
NOT_AN_IMAGE = 'not an image, or of an unknown format'
DAMAGED = 'damaged or cut off'
TOO_LARGE = f'over {MAX_PIXELS // 10**6} million pixels'
UNKNOWN_PIXELS = 'pixels that are no colours'
NOT_SHOWN = 'of a format that browsers do not show'

_FORMATS = ('JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'AVIF')
_NOT_SHOWN = ('TIFF',)
_GREY = 128
_WHITE = (255, 255, 255)
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPPING = (5, 6, 7, 8)
_NO_COLOURS = ('F', 'LAB')

# Of pictures that are too large and of metadata that is damaged; both are dealt with here.
warnings.filterwarnings('ignore', module=r'PIL\.')

Source = str | bytes
Frame = tuple[float, float, float, float]


class PhotographError(errors.InputError):
    """A photograph that cannot be used; `reason` is the same words for the same fault."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(f'{name}: {reason}')
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Header:
    """What a photograph says of itself: its format, and its size in pixels as it is shown."""

    format: str
    width: int
    height: int


@dataclasses.dataclass(frozen=True)
class Square:
    """A photograph fitted into a square, on grey.

    Attributes:
        pixels: uint8[S, S, 3], RGB.
        frame: where the photograph lies in the square: left, top, right, bottom, from 0 to 1.
    """

    pixels: np.ndarray
    frame: Frame


def path_of(image_dir: str, identifier: str) -> str:
    """Returns where the photograph of an identifier stands when it is fetched."""
    return os.path.join(image_dir, identifier + EXTENSIONS[0])


def find(image_dir: str, ids: Iterable[str]) -> dict[str, str]:
    """Returns the paths of those of the ids that have a photograph, in the order of the ids.

    Raises:
        InputError: when image_dir is no directory.
    """
    names = _list_names(image_dir)
    return {
        identifier: os.path.join(image_dir, names[identifier])
        for identifier in ids
        if identifier in names
    }


def find_all(image_dir: str, bad: datasets.BadRecords) -> dict[str, str]:
    """Returns the paths of all photographs in a directory by identifier, in the latter's order.

    Args:
        image_dir: not searched to the bottom.
        bad: counts photographs whose names are no identifiers.

    Raises:
        InputError: when image_dir is no directory, or too many names are bad.
    """
    found = {}
    for identifier, name in sorted(_list_names(image_dir).items()):
        if identifiers.is_valid(identifier):
            found[identifier] = os.path.join(image_dir, name)
        else:
            bad.add(image_dir, repr(name), identifiers.FAULT)
    return found


def check(source: Source) -> Header:
    """Returns what the header of a photograph says; its pixels are not decoded.

    Args:
        source: its path or content.

    Raises:
        PhotographError: when it cannot be used.
    """
    with _opened(source) as image:
        return _header(image)


def check_shown(source: Source) -> Header:
    """Returns the same as check for a photograph that is to stand in a page as it is.

    Raises:
        PhotographError: when it cannot be used, or browsers do not show it.
    """
    header = check(source)
    if header.format in _NOT_SHOWN:
        raise PhotographError(NOT_SHOWN, source if isinstance(source, str) else 'the image')
    return header


def verify(source: Source) -> Header:
    """Returns the same as check after decoding the whole photograph.

    Raises:
        PhotographError: when it cannot be used.
    """
    with _opened(source) as image:
        header = _header(image)
        image.draft('RGB', (1, 1))  # JPEG: all of the data at an eighth of the pixels.
        image.load()
        return header


def load(source: Source, size: int) -> Square:
    """Decodes a photograph and fits it into a square, its proportions kept.

    Args:
        source: its path or content.
        size: pixels on a side of the square.

    Raises:
        PhotographError: when it cannot be used.
    """
    with _opened(source) as image:
        return _fit(image, size)


def map_boxes(frames: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Returns float32[N, 4], boxes relative to photographs as boxes relative to their squares.

    Args:
        frames: float[N, 4], where each photograph lies in its square.
        boxes: float[N, 4], left, top, right, bottom relative to the photograph.
    """
    if frames.shape != boxes.shape or frames.shape[1:] != (4,):
        raise ValueError(f'want two [N, 4] arrays, got {frames.shape} and {boxes.shape}')
    corners, extents = frames[:, :2], frames[:, 2:] - frames[:, :2]
    return (np.tile(corners, 2) + boxes * np.tile(extents, 2)).astype(np.float32)


def check_directory(image_dir: str) -> None:
    """Raises InputError when there is no such directory."""
    if not os.path.isdir(image_dir):
        raise errors.InputError(f'{image_dir} is no directory; name the one of the photographs')


def _list_names(image_dir: str) -> dict[str, str]:
    """Returns the file of each identifier; of several the first by EXTENSIONS."""
    check_directory(image_dir)
    ranked: dict[str, tuple[int, str]] = {}
    with os.scandir(image_dir) as entries:
        for entry in entries:
            stem, extension = os.path.splitext(entry.name)
            if extension.lower() in EXTENSIONS and stem[:1] != '.' and entry.is_file():
                rank = (EXTENSIONS.index(extension.lower()), entry.name)
                ranked[stem] = min(rank, ranked.get(stem, rank))
    return {stem: name for stem, (_, name) in ranked.items()}


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[Image.Image]:
    """Yields a photograph; whatever a decoder raises becomes a PhotographError."""
    name = source if isinstance(source, str) else 'the image'
    try:
        with (
            open(source, 'rb') if isinstance(source, str) else io.BytesIO(source) as file,
            _identified(file, name) as image,
        ):
            if image.width * image.height > MAX_PIXELS:
                raise PhotographError(TOO_LARGE, name)
            if image.mode in _NO_COLOURS:
                raise PhotographError(UNKNOWN_PIXELS, name)
            yield image
    except (PhotographError, MemoryError):
        raise
    except (FileNotFoundError, IsADirectoryError) as error:
        raise PhotographError(MISSING, name) from error
    except Image.UnidentifiedImageError as error:
        raise PhotographError(NOT_AN_IMAGE, name) from error
    except Image.DecompressionBombError as error:
        raise PhotographError(TOO_LARGE, name) from error
    except Exception as error:
        if getattr(error, 'errno', None) is not None:
            raise  # Not about the data: a file that may not be read, a disk that failed.
        raise PhotographError(DAMAGED, name) from error


def _identified(file: BinaryIO, name: str) -> Image.Image:
    if not file.read(1):
        raise PhotographError(EMPTY, name)
    file.seek(0)
    return Image.open(file, formats=_FORMATS)


def _header(image: Image.Image) -> Header:
    width, height = image.size
    if _orientation(image) in _SWAPPING:
        width, height = height, width
    return Header(image.format, width, height)


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:
        return 1  # A photograph is not worse for what its metadata says.


def _fit(image: Image.Image, size: int) -> Square:
    orientation = _orientation(image)
    scale = size / max(image.size)
    target = tuple(max(1, round(scale * length)) for length in image.size)
    image.draft('RGB', target)
    image = _to_rgb(image).resize(target, Image.Resampling.BILINEAR)
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    left, top = (size - image.width) // 2, (size - image.height) // 2
    right, bottom = left + image.width, top + image.height
    pixels = np.full((size, size, 3), _GREY, np.uint8)
    pixels[top:bottom, left:right] = np.asarray(image)
    return Square(pixels, (left / size, top / size, right / size, bottom / size))


def _to_rgb(image: Image.Image) -> Image.Image:
    """Returns a picture in RGB: 16 bits cut to 8, what is transparent on white."""
    if image.mode == 'RGB' and 'transparency' not in image.info:
        return image
    if image.mode.startswith('I'):
        grey = np.clip(np.asarray(image), 0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert('RGB')
    if image.has_transparency_data:
        image = image.convert('RGBA')
        ground = Image.new('RGB', image.size, _WHITE)
        ground.paste(image, mask=image.getchannel('A'))
        return ground
    return image.convert('RGB')
