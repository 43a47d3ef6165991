"""Photographs of every good and bad kind, made for tests."""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

# Left half, right half. JPEG keeps flat colours to within a few of 255.
LEFT, RIGHT = (200, 40, 40), (40, 60, 180)


def picture(width=24, height=12, left=LEFT, right=RIGHT):
    """Returns a picture with a left and a right half in RGB."""
    image = Image.new('RGB', (width, height), left)
    image.paste(right, (width // 2, 0, width, height))
    return image


def encode(image, image_format='JPEG', **options):
    """Returns the content of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def jpeg(width=24, height=12, **colours):
    """Returns a good photograph."""
    return encode(picture(width, height, **colours), quality=95)


def bomb(width=30000, height=30000):
    """Returns a PNG of a few bytes that says it is huge."""
    header = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    chunks = ((b'IHDR', header), (b'IDAT', data), (b'IEND', b''))
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        for kind, body in chunks
    )


def good_kinds():
    """Returns the contents of files that show the same two halves, by a name for the kind."""
    image = picture()
    transparent = picture().convert('RGBA')
    transparent.putpixel((0, 0), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = image.transpose(Image.Transpose.ROTATE_90)
    frames = [picture(left=RIGHT, right=LEFT)] * 2
    return {
        'jpeg': jpeg(),
        'progressive': encode(image, quality=95, progressive=True),
        'cmyk': encode(image.convert('CMYK'), quality=95),
        'turned by EXIF': encode(turned, quality=95, exif=exif),
        'png': encode(image, 'PNG'),
        'palette': encode(image.quantize(8), 'PNG'),
        'transparent': encode(transparent, 'PNG'),
        'gif': encode(image, 'GIF'),
        'animated gif': encode(image, 'GIF', save_all=True, append_images=frames),
        'animated webp': encode(image, 'WEBP', save_all=True, append_images=frames, lossless=True),
        'bmp': encode(image, 'BMP'),
        'tiff': encode(image, 'TIFF'),
    }


def grey_kinds():
    """Returns the contents of files with a left half of grey 51 and a right half of grey 204."""
    grey = np.full((12, 24), 204, np.uint8)
    grey[:, :12] = 51
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    return {
        'grey jpeg': encode(Image.fromarray(grey), quality=95),
        'grey png': encode(Image.fromarray(grey), 'PNG'),
        '16-bit png': encode(deep, 'PNG'),
        '16-bit tiff': encode(deep, 'TIFF'),
    }


def bad_kinds():
    """Returns the contents of files that cannot be used, each with a part of the reason."""
    good = encode(picture(200, 100), quality=95)
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    png = encode(Image.fromarray(noise), 'PNG')
    return {
        'empty': (b'', 'empty'),
        'truncated jpeg': (good[: len(good) // 2], 'damaged or cut off'),
        'truncated in its header': (good[:30], 'not an image|damaged'),
        'truncated png': (png[: len(png) // 2], 'damaged or cut off'),
        'text': (b'<html><body>404</body></html>', 'not an image'),
        'svg': (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'not an image'),
        'postscript': (b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n', 'not an image'),
        'bomb': (bomb(), 'over 80 million pixels'),
        'bomb that Pillow lets pass': (bomb(10000, 8001), 'over 80 million pixels'),
        'floating point': (
            encode(Image.fromarray(np.zeros((9, 9), np.float32)), 'TIFF'),
            'no colours',
        ),
    }


def write(folder, contents):
    """Writes files by name and returns the folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return str(folder)
