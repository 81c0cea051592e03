"""Weft side by side with its peers: proxy on core 0, backend and load on core 1, rounds interleaved."""
