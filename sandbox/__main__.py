"""python -m sandbox"""  # noqa: D400, D415

import sys

from sandbox.command import main

sys.exit(main())
