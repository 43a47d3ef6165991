"""Numbers of bytes as people write them."""

_UNITS = {'GB': 10**9, 'MB': 10**6, 'KB': 10**3, 'B': 1}


def parse(text: str) -> int:
    """Returns the number of bytes in a text such as 4GB, 1.5 MB or 4000000000.

    Raises:
        ValueError: when it is no such text.
    """
    number, factor = text.strip().upper(), 1
    for suffix, size in _UNITS.items():
        if number.endswith(suffix):
            number, factor = number[: -len(suffix)].strip(), size
            break
    try:
        value = float(number) * factor
        if not 0 <= value < float('inf'):
            raise ValueError
    except ValueError:
        raise ValueError(f'{text!r} is no number of bytes; say 4GB or 500MB') from None
    return int(value)


def show(count: float) -> str:
    """Returns a number of bytes in the largest unit that it fills: 1.25 GB, 500 MB, 12 B."""
    suffix, size = next(((s, n) for s, n in _UNITS.items() if count >= n), ('B', 1))
    return f'{count / size:.3g} {suffix}'
