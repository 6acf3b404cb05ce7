"""`python -m gateway` is `parley`."""

from gateway.cli import main

main()
