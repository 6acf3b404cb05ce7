"""Benchmarks, each with the raw limit beside it: `parley bench`."""
