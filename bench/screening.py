"""`make bench-screening`: which reused photos does the screening find, and which honest ones?

Calibrated on every other scene, measured on the rest (`--calibrate` shows the first half). Prints
recall and false positives per class with n, whether the city-wide index finds the original among
100,000 others, and the cost of a fingerprint and a search.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from bench.photographs import photograph
from bench.planted import COPIES, FIXED, HONEST, POOL, Scene, load_picture, scenes
from inspect_server.models import Base, Photo, PhotoPrint, PrintWord
from inspect_server.photos.services import screening
from media.derive import DerivativeWorker
from media.fingerprint import Fingerprint, fingerprint, probes, words
from media.likeness import Alike, Likeness, compare
from schemas.vocabulary import DerivativeState, PhotoState

OTHER_PHOTOS = 100_000
_ROWS = 5_000


@dataclass
class Tally:
    """The likenesses of one class of pairs."""

    likenesses: list[Likeness] = field(default_factory=list)
    probes: list[tuple[str, list[int]]] = field(default_factory=list)

    def judged_one_exposure(self) -> int:
        """How many pairs are judged to be one exposure."""
        return sum(one.alike is Alike.EXPOSURE for one in self.likenesses)

    def row(self, name: str, goal: str) -> str:
        """A line of the table."""
        n = len(self.likenesses)
        repeated, bend, twist = (
            statistics.median(getattr(one, name) for one in self.likenesses)
            for name in ("repeated", "bend", "twist")
        )
        count = self.judged_one_exposure()
        return (
            f"| {name} | {n} | {count} | {count / n:.1%} | {goal} "
            f"| {repeated:.2f} | {bend:.2f} | {twist:.2f} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--more", type=Path, help="a folder of more photos (docs/bench.md)")
    parser.add_argument("--calibrate", action="store_true", help="the other half of the scenes")
    parser.add_argument("--times", type=int, default=2, help="pairs of a class per scene")
    parser.add_argument("--crowd", type=int, default=OTHER_PHOTOS)
    options = parser.parse_args()
    every = scenes(options.more)
    half = every[0::2] if options.calibrate else every[1::2]
    print(f"{len(half)} of {len(every)} scenes: {', '.join(scene.name for scene in half)}\n")
    own = {scene.name: fingerprint(scene.photograph()) for scene in half}
    copies = _planted(half, own, COPIES, options.times)
    honest = _planted(half, own, HONEST, options.times)
    fixed = _planted(half, own, FIXED, 1)
    honest |= {"second exposure, rendered or real": _second_exposures(half, own)}
    honest |= {"other scenes": _other_scenes(own)}
    print("| pair | n | judged one exposure | share | goal | repeated | bend px | twist px |")
    print("|---|---|---|---|---|---|---|---|")
    for name, tally in copies.items():
        print(tally.row(name, "all"))
    for name, tally in (honest | fixed).items():
        print(tally.row(name, "none"))
    planted = sum(len(tally.likenesses) for tally in (copies | honest | fixed).values())
    print(f"\n{planted} pairs in all, {len(own) * (len(own) - 1) // 2} of them of other scenes.\n")
    _search(options.crowd, own, copies)
    _cost()


def _planted(
    half: list[Scene],
    own: dict[str, Fingerprint],
    edits: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]],
    times: int,
) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for number, scene in enumerate(half):
        photo = scene.photograph()
        for (kind, (name, edit)), nth in itertools.product(enumerate(edits.items()), range(times)):
            rng = np.random.default_rng([number, kind, nth])
            other = Fingerprint.unpack(fingerprint(edit(photo, rng)).pack())
            tallies[name].likenesses.append(compare(own[scene.name], other))
            tallies[name].probes.append((scene.name, probes(other)))
    return dict(tallies)


def _second_exposures(half: list[Scene], own: dict[str, Fingerprint]) -> Tally:
    likenesses = [
        compare(own[scene.name], fingerprint(load_picture(path)))
        for scene in half
        for path in scene.again
    ]
    return Tally(likenesses)


def _other_scenes(own: dict[str, Fingerprint]) -> Tally:
    return Tally([compare(a, b) for a, b in itertools.combinations(own.values(), 2)])


def _search(crowd: int, own: dict[str, Fingerprint], copies: dict[str, Tally]) -> None:
    """Print how long a search takes among many photos, and how often it finds the original.

    The words of the other photos are drawn one by one from those of real details: parts of all
    scenes, upright and on their sides. 100,000 real photos are not available.
    """
    pool = [word for scene in scenes() for print_ in _parts(scene) for word in words(print_)]
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/crowd.db")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            _add_other_photos(session, crowd, pool)
            ids = {name: _add(session, print_) for name, print_ in own.items()}
            session.commit()
        times_ms = []
        print(f"| among {crowd} others, the index finds | n | the original | share |")
        print("|---|---|---|---|")
        for name, tally in copies.items():
            hits = 0
            for scene, details in tally.probes:
                with Session(engine) as session:
                    began = time.perf_counter()
                    serials = list(session.scalars(screening.most_similar(details)))
                    times_ms.append((time.perf_counter() - began) * 1000)
                hits += ids[scene] in serials
            print(f"| {name} | {len(tally.probes)} | {hits} | {hits / len(tally.probes):.1%} |")
        size = Path(folder, "crowd.db").stat().st_size / crowd
        engine.dispose()
    times_ms.sort()
    p95 = times_ms[int(len(times_ms) * 0.95)]
    one, other = list(own.values())[:2]
    began = time.process_time()
    for _ in range(50):
        compare(one, other)
    each = (time.process_time() - began) * 20
    print(
        f"\nOne search: p50 {statistics.median(times_ms):.0f} ms, p95 {p95:.0f}"
        f" ms (n = {len(times_ms)}); then at most {screening.CANDIDATES} comparisons of {each:.1f}"
        f" CPU-ms. {size / 1000:.1f} kB of database per photo, including its row in `photo`."
    )


def _parts(scene: Scene) -> Iterator[Fingerprint]:
    whole = load_picture(scene.path)
    for x, y in itertools.product((0, whole.width // 2), (0, whole.height // 2)):
        part = whole.crop((x, y, x + whole.width // 2, y + whole.height // 2))
        yield fingerprint(part)
        yield fingerprint(part.transpose(Image.Transpose.ROTATE_90))


def _add_other_photos(session: Session, crowd: int, pool: list[int]) -> None:
    rng = random.Random(4)
    for first in range(0, crowd, _ROWS):
        photos = [_photo() for _ in range(min(_ROWS, crowd - first))]
        session.execute(sa.insert(Photo), photos)
        prints = [
            {
                "serial": first + nth + 1,
                "photo_id": photo["id"],
                "print": b"\0" * 6000,
                "sharpness": 1.0,
                "brightness": 100.0,
                "glare": 200,
            }
            for nth, photo in enumerate(photos)
        ]
        session.execute(sa.insert(PhotoPrint), prints)
        word_rows = [
            {"word": word, "serial": row["serial"]}
            for row in prints
            for word in sorted(set(rng.choices(pool, k=47)))
        ]
        session.execute(sa.insert(PrintWord), word_rows)
        session.commit()


def _add(session: Session, print_: Fingerprint) -> int:
    photo = _photo()
    session.execute(sa.insert(Photo), [photo])
    photo_id = photo["id"]
    assert isinstance(photo_id, UUID)
    screening.store_fingerprint(session, photo_id, print_.pack())
    serial = sa.select(PhotoPrint.serial).where(PhotoPrint.photo_id == photo_id)
    return session.scalars(serial).one()


def _photo() -> dict[str, object]:
    return {
        "id": uuid4(),
        "author_id": UUID(int=1),
        "position": 0,
        "sha256": uuid4().hex * 2,
        "bytes": 1,
        "state": PhotoState.STORED,
        "derivative": DerivativeState.READY,
        "created_at": datetime.now(UTC),
    }


def _cost() -> None:
    """Print the CPU time of parent and child per photo, and the part of the fingerprint."""
    photos = [photograph(600_000) for _ in range(20)]
    with DerivativeWorker() as derivative_worker:
        derivative_worker.render(photos[0])
        began = _cpu()
        for photo in photos:
            derivative_worker.render(photo)
    # The kernel adds the child's time when the child has ended.
    whole = (_cpu() - began) / len(photos) * 1000
    with Image.open(POOL / "bins-before.jpg") as opened:
        review = opened.convert("RGB")
    fingerprint(review)
    began = time.process_time()
    for _ in range(20):
        print_ = fingerprint(review)
    own = (time.process_time() - began) * 50
    print(
        f"\nCopies and fingerprint of a 1920 px photo: {whole:.0f} CPU-ms, of which the "
        f"fingerprint {own:.0f}; {len(print_.pack())} bytes, {len(words(print_))} words."
    )


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
