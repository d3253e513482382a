"""What the container runs: hands over to the action."""

import sys

from backstay.action import signals

if __name__ == "__main__":
    signals.install()  # before the imports that take time: as process 1 we could not be stopped meanwhile
    try:
        from backstay.action.main import main

        code = main()
    except signals.Interrupted as interrupt:  # before there was anything to tell, or after all was told
        code = interrupt.exit_code
    sys.exit(code)
