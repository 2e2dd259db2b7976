"""`python -m selfheal` is `selfheal`."""

import sys

from selfheal.cli.main import main

sys.exit(main())
