"""What happens to a photo that other areas wait for; they listen, photos imports none of them.

Sent with the photo as the sender, inside the transaction that changed it.
"""

from __future__ import annotations

from blinker import Signal

# Every byte is stored, or the photo was refused for good: (photo, session, now).
photo_settled = Signal("photo settled 照片已收齐或被拒")
# Its copies became ready or failed: (photo, session).
photo_changed = Signal("photo changed 照片状态变化")
