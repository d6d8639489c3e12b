"""What happens in the registers that other areas wait for; they listen, registry imports none."""

from __future__ import annotations

from blinker import Signal

# Working hours or days changed: (session, now). A listener returns how many deadlines it will
# count again.
calendar_changed = Signal("calendar changed 工作日历变更")
