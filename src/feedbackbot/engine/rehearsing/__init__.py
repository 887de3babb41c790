"""Rehearses scripts: the tests that marketing writes are read, played with simulated time, and measured."""
