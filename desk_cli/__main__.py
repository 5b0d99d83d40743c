"""`python -m desk_cli` is the same as `./desk`."""

import sys

from desk_cli.main import main

sys.exit(main(sys.argv[1:]))
