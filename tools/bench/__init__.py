"""Measures speed beside the peer and the raw database: see docs/bench.md."""
