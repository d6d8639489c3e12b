"""Chooses the pictures of docs/tour/ from the last run: python -m tests.e2e.tour."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.e2e.conftest import RESULTS, ROOT

TOUR = ROOT / "docs" / "tour"
WIDEST = {"phone": 600, "console": 1440}
CHOSEN = {
    "phone-today-offline": "from_*/*-phone-today-offline.png",
    "phone-record": "from_*/*-phone-record.png",
    "phone-category": "from_*/*-phone-category-by-initials.png",
    "phone-outbox": "from_*/*-phone-outbox-offline.png",
    "phone-submit": "from_*/*-handler-submit-offline.png",
    "phone-closed": "from_*/*-phone-closed-after-photo.png",
    "console-board": "*console_page*board*/*.png",
    "console-cases": "*console_page*cases*/*.png",
    "console-dispatch": "from_*/*-console-dispatch.png",
    "console-verify": "from_*/*-console-verify.png",
    "console-map": "*console_page*map*/*.png",
}


def main() -> None:
    """Write each picture as a JPEG no wider than a page shows it."""
    TOUR.mkdir(parents=True, exist_ok=True)
    for name, pattern in CHOSEN.items():
        (path,) = RESULTS.glob(pattern)
        write(path, TOUR / f"{name}.jpg", WIDEST[name.split("-", 1)[0]])


def write(source: Path, target: Path, width: int) -> None:
    """One picture, smaller."""
    with Image.open(source) as picture:
        image = picture.convert("RGB")
        image.thumbnail((width, 10 * width), Image.Resampling.LANCZOS)
        image.save(target, quality=82, optimize=True)


if __name__ == "__main__":
    main()
