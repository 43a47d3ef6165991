"""From a Wikipedia dump to word vectors and an article graph."""
