"""Tests of gateway_testing."""
