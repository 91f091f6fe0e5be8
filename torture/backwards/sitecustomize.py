"""Python imports this as it starts: from then on the time of day goes back by a minute whenever it is asked for."""

import itertools
import time

_steps = itertools.count()
_now, _now_ns = time.time, time.time_ns
time.time = lambda: _now() - 60 * next(_steps)
time.time_ns = lambda: _now_ns() - 60 * 10**9 * next(_steps)
