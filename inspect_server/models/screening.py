"""Screening 照片筛查: fingerprints of photos, the words of their index, likenesses of photos."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Serial


class PhotoPrint(Base):
    """The fingerprint 照片指纹 of one photo, made with its copies (`media.fingerprint`)."""

    __tablename__ = "photo_print"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("photo.id", ondelete="CASCADE"), unique=True
    )
    print: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sharpness: Mapped[float]
    brightness: Mapped[float]
    # The brightest twentieth is at least this bright, 0–255.
    glare: Mapped[int]


class PrintWord(Base):
    """One word of a fingerprint: an inverted index of all fingerprints as a table."""

    __tablename__ = "print_word"

    word: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(
        Serial,
        sa.ForeignKey("photo_print.serial", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )


class PhotoLikeness(Base):
    """Two photos that are the same exposure 同一次拍摄, written with the first's fingerprint."""

    __tablename__ = "photo_likeness"

    photo_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    mirrored: Mapped[bool]
    # The part of the other picture that this one shows, and the part of that which differs, 0 to 1.
    overlap: Mapped[float] = mapped_column("kept")
    difference: Mapped[float] = mapped_column("changed")
