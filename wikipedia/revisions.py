"""Revisions of a page."""

from common.pb import wikipedia_pb2


def latest(page: wikipedia_pb2.Page) -> wikipedia_pb2.Revision | None:
    """Returns the revision with the latest timestamp, of several the largest id; None of none."""
    if len(page.revision) < 2:
        return page.revision[0] if page.revision else None
    return max(page.revision, key=lambda revision: (revision.timestamp, revision.id))
