"""The messages of this project by name."""

from google.protobuf import message

from common import errors
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from common.pb import wikipedia_pb2

_MODULES = (nlp_pb2, wikipedia_pb2, recsys_pb2)


def message_names() -> list[str]:
    """Returns the full names of all messages, sorted."""
    return sorted(
        descriptor.full_name
        for module in _MODULES
        for descriptor in module.DESCRIPTOR.message_types_by_name.values()
    )


def message_class(name: str) -> type[message.Message]:
    """Returns the class of a message.

    Args:
        name: full (topicspace.corpus.nlp.TextDocument) or short (TextDocument).

    Raises:
        InputError: when there is no such message.
    """
    for module in _MODULES:
        for short, descriptor in module.DESCRIPTOR.message_types_by_name.items():
            if name in (short, descriptor.full_name):
                return getattr(module, short)
    short_names = ', '.join(full.rsplit('.', 1)[1] for full in message_names())
    raise errors.InputError(f'no message is called {name!r}; there are {short_names}')
