"""Signals of photos for other areas: they connect listeners, photos imports none of them.

Sent with the photo as sender, inside the transaction that changed it.
"""

from __future__ import annotations

from blinker import Signal

# The photo was stored or rejected: (photo, session, now).
photo_settled = Signal("photo settled 照片已收齐或被拒")
# Its copies became ready or failed: (photo, session).
photo_changed = Signal("photo changed 照片状态变化")
