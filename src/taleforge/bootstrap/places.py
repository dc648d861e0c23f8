"""Where everything belongs on a machine of one's own, and what a log needs to be told again: nothing.

Opens nothing.
"""

from taleforge.messages.ids import make_id
from taleforge.world.scene import Content

LOCAL_SPACE = make_id("spc", 0, 0)
"""Where everything belongs on a machine of one's own."""
NO_CONTENT = Content({}, {}, {}, {}, {}, ())
"""What a log needs to be told again: nothing."""
LOCAL_CAMPAIGN = make_id("cmp", 0, 0)
LOCAL_PERSON = make_id("usr", 0, 0)
"""Whoever plays on a machine of their own."""
