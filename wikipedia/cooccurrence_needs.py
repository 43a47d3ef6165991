"""How much disk and memory make_cooccurrence takes, from the size of its input."""

import numpy as np

from common import job_needs

# Measured with enwik8, documents of tokenize_pages' defaults, 34.9 MB compressed. _SCRATCH: by
# window, bytes of shuffled blocks for each byte of input, of one part of thirteen, compressed as
# Spark does it (1.47, 3.53, 6.18, 11.46), and 4 % that a whole run had more. _OUTPUT and memory are
# of whole runs with windows 2 and 10 (9 and 48 MB; 763 and 1,241 MB with two workers), of a version
# that counted in smaller chunks; windows 5 and 20 in proportion to the cells. The pairs of a larger
# corpus recur, so that its output is less.
_WINDOWS = (2, 5, 10, 20)
_SCRATCH = (1.6, 3.7, 6.5, 12.0)
_OUTPUT = (0.3, 0.8, 1.4, 2.3)
# JVM and driver; a worker (156 MB at window 2, 380 MB at 10); what merging holds of a cell.
_BASE_BYTES, _WORKER_BYTES, _WINDOW_BYTES, _CELL_BYTES = 500 << 20, 100 << 20, 28 << 20, 56
_MEASURED_CELLS = 2_000_000  # In a part of those runs.


def estimate(
    input_bytes: int, window: int, cells_per_part: int, num_workers: int
) -> job_needs.Needs:
    """Returns what counting takes.

    Args:
        input_bytes: size of the documents' files, compressed.
        window: words to either side.
        cells_per_part: about how many cells a part of the output holds.
        num_workers: parts that are counted at once.
    """
    more_cells = max(0, cells_per_part - _MEASURED_CELLS)
    worker = _WORKER_BYTES + _WINDOW_BYTES * window + _CELL_BYTES * more_cells
    return job_needs.Needs(
        scratch=int(input_bytes * np.interp(window, _WINDOWS, _SCRATCH)),
        output=int(input_bytes * np.interp(window, _WINDOWS, _OUTPUT)),
        memory=_BASE_BYTES + num_workers * worker,
    )
