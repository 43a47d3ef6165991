"""Term frequency times inverse document frequency: how much a word says about its document."""

import numpy as np


def inverse_document_frequencies(doc_frequencies: np.ndarray, num_documents: int) -> np.ndarray:
    """Returns ln((1 + n) / (1 + df)) + 1, the smooth variant: as if one document held every word.

    Args:
        doc_frequencies: integer[V], in how many documents each word occurs.
        num_documents: n, at least the largest of them.

    Returns:
        float64[V], at least 1.

    Source: scikit-learn, TfidfTransformer with smooth_idf=True.
    """
    return np.log((1.0 + num_documents) / (1.0 + np.asarray(doc_frequencies, np.float64))) + 1.0


def weigh(terms: np.ndarray, owners: np.ndarray, idf: np.ndarray) -> np.ndarray:
    """Weighs every word of some documents by tf * idf of its term, each document of length 1.

    The length is that of the vector with one number for each distinct term of the document, so a
    term that occurs twice has the same weight at both places, and counts once in the length.

    Args:
        terms: integer[N], below V and 2 ** 32, the words of all documents.
        owners: integer[N], at least 0 and below 2 ** 31, the document of each.
        idf: float64[V].

    Returns:
        float32[N], parallel to terms, above 0 and at most 1.

    Source: scikit-learn, TfidfTransformer with norm='l2', sublinear_tf=False.
    """
    keys = np.asarray(owners, np.int64) << 32 | np.asarray(terms, np.int64)
    distinct, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = counts * idf[distinct & 0xFFFFFFFF]
    documents = distinct >> 32
    squares = np.bincount(documents, weights**2)
    return (weights / np.sqrt(squares)[documents])[places].astype(np.float32)
