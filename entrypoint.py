"""What the container runs: hands over to the action."""

import sys

from backstay.action.main import main

if __name__ == "__main__":
    sys.exit(main())
