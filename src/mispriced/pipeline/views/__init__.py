"""What people and programs see of the store, as structs that JSON can hold.

The commands, the page and the API all show these rows. Not here: reading the store at a rhythm (web),
tables and words of a terminal (cli).
"""

from __future__ import annotations

from typing import Final

SIMULATED: Final = "simulated"  # the note that makes every reader of a store say so
