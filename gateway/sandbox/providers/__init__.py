"""Providers in a box: one file each, with its real wire format, checks, errors and reports."""
