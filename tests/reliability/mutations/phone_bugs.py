"""Bugs planted in the phone's core."""

from __future__ import annotations

from tests.reliability.mutations.bug import PHONE_HISTORIES, Bug, Suite, SuiteRun, bug, vitest

CYCLE = "web/field/core/sync/sync.ts"
RULES = "web/field/core/model/rules.ts"
LOCAL_STORE = "web/field/core/store/localStore.ts"
DRAFT_WRITES = "web/field/core/store/draftWrites.ts"
REPLICA = "web/field/core/store/replica.ts"

PHONE_BUGS: tuple[Bug, ...] = (
    bug(
        "x-sync-not-required",
        "I6",
        vitest("shared/api/client.test.ts"),
        (
            "web/shared/api/client.ts",
            "      if (!answer.headers.get('X-Sync')) "
            "throw new Unreachable('stranger', answer.status)\n",
            "",
        ),
    ),
    bug(
        "retry-with-a-new-id",
        "I2",
        PHONE_HISTORIES,
        (
            RULES,
            "clock: op.clock }",
            "clock: op.clock, ...(op.attempts > 1 && { op_id: uuid7() }) }",
        ),
        (
            RULES,
            "import { canonical } from './canonical'\n",
            "import { uuid7 } from '@shared/api/uuid7'\nimport { canonical } from './canonical'\n",
        ),
    ),
    bug(
        "amended-after-sending",
        "I2",
        PHONE_HISTORIES,
        (
            RULES,
            "clock: op.clock }",
            "clock: op.clock, captured_at: new Date(op.made_at + op.attempts).toISOString() }",
        ),
    ),
    bug(
        "op-leaves-the-queue-when-sent",
        "I6",
        PHONE_HISTORIES,
        (
            RULES,
            "state: 'sending', attempts: op.attempts + 1 }",
            "state: 'accepted', attempts: op.attempts + 1 }",
        ),
    ),
    bug(
        "401-clears-the-queue",
        "I6",
        PHONE_HISTORIES,
        (
            CYCLE,
            " || session.refresh_token === refresh_token) {\n",
            " || session.refresh_token === refresh_token) {\n"
            "        await cycle.localStore.db"
            ".write(['ops'], (tx) => tx.objectStore('ops').clear())\n",
        ),
    ),
    bug(
        "epoch-ignored",
        "I12",
        PHONE_HISTORIES,
        (
            CYCLE,
            "  else if (epoch !== answer.epoch) await adoptEpoch(cycle)\n",
            "  else await cycle.localStore.setMeta('epoch', answer.epoch)\n",
        ),
        (
            CYCLE,
            "error.problem.slug === 'epoch-mismatch') return adoptEpoch(cycle)\n",
            "error.problem.slug === 'epoch-mismatch') throw error\n",
        ),
    ),
    bug(
        "bytes-deleted-before-the-receipt",
        "I1",
        PHONE_HISTORIES,
        (
            CYCLE,
            "    await cycle.localStore.changePhotos([photo.photo_id], (row) =>\n"
            "      row.state === 'waiting' ?",
            "    await cycle.localStore.free([photo.photo_id], [])\n"
            "    await cycle.localStore.changePhotos([photo.photo_id], (row) =>\n"
            "      row.state === 'waiting' ?",
        ),
        (
            "web/field/core/store/freeing.ts",
            "    if (photo?.state !== 'stored') continue\n    await tx.objectStore('photo_bytes')",
            "    if (!photo) continue\n    await tx.objectStore('photo_bytes')",
        ),
    ),
    bug(
        "draft-saved-by-each-page",
        "I2",
        vitest("field/core/store/draftWrites.test.ts"),
        (
            DRAFT_WRITES,
            "  const row = await rowOf(tx, op.author, draftId)\n  const declared",
            "  const found = await tx.objectStore('drafts').get(draftId)\n"
            "  const row = found ?? { updated_at: revision }\n"
            "  const declared",
        ),
    ),
    bug(
        "photo-of-a-draft-that-is-gone",
        "I1",
        vitest("field/data/twoPages.test.ts"),
        (
            DRAFT_WRITES,
            "  if (photo.draft_id !== null) await rowOf(tx, photo.author, photo.draft_id)\n",
            "",
        ),
    ),
    bug(
        "second-copy-removed-too-early",
        "I1",
        vitest("field/core/store/replica.test.ts"),
        (
            REPLICA,
            "photo.bytes_here && photo.state !== 'stored'",
            "photo.bytes_here && photo.state !== 'stored' && photo.state !== 'sent'",
        ),
    ),
    bug(
        "second-copy-outlives-the-sign-out",
        "I1",
        vitest("field/core/store/replica.test.ts"),
        (LOCAL_STORE, "    await this.replica.removeProfile()\n", ""),
    ),
    bug(
        "bytes-deleted-before-a-backup",
        "I1",
        PHONE_HISTORIES,
        (
            RULES,
            "  if (backedUpTo !== null && stored < Date.parse(backedUpTo)) return true\n"
            "  return Date.parse(serverNow) - stored >= RETENTION_MS\n}\n\n/** A settled op",
            "  return stored > 0 || backedUpTo !== serverNow\n}\n\n/** A settled op",
        ),
    ),
    bug(
        "a-lost-answer-makes-the-next-op-stale",
        "I5",
        vitest("field/data/recordMerge.test.ts"),
        (RULES, " || (op.state === 'accepted' && op.version === null)", ""),
    ),
    bug(
        "cursor-moves-before-the-page-is-kept",
        "I4",
        SuiteRun(Suite.PHONE, histories=30),
        (
            CYCLE,
            "      const stands = await cycle.localStore.applyPage(",
            "      await cycle.localStore.setMeta("
            "'position', { ...position, cursor: page.cursor })\n"
            "      const stands = await cycle.localStore.applyPage(",
        ),
    ),
)
