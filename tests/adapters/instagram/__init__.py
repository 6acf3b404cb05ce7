"""Tests of instagram."""
