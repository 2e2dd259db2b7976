"""`python -m selfheal` is `selfheal`."""

from selfheal.cli.main import main

main()
