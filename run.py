"""Start mispriced from a checkout: `python3 run.py [test | ARGUMENTS]`; the first start sets it up.

This file is parsed by every Python back to 2.7, so that an old one answers with one clear line.
The work is in tools/bootstrap.py.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit("mispriced: needs Python 3.11 or newer, this is %d.%d" % tuple(sys.version_info[:2]))

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from tools import bootstrap

sys.exit(bootstrap.main(sys.argv[1:]))
