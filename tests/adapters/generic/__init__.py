"""Tests of generic."""
