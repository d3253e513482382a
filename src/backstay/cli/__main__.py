"""`python -m backstay.cli`."""

import sys

from backstay.cli import main

sys.exit(main())
