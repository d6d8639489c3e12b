/** The queue's rules one by one: what proves a photo, what may be freed, what goes first. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { OpRow, PhotoRow } from './rows'
import { canonical } from './canonical'
import { emptyFields, heldPhoto, observationOp } from './make'
import { backOff, firstBatch, freeze, isDue, LONGEST_WAIT_MS, mayForget, mayFree, onTheWire, photoAfterReceipt, RETENTION_MS, sendOrder } from './rules'

const NOW = '2026-04-20T00:00:00.000Z'
const EARLIER = '2026-04-19T00:00:00.000Z'
const OLD = new Date(Date.parse(NOW) - RETENTION_MS).toISOString()

const photo = (over: Partial<PhotoRow> = {}): PhotoRow => ({
  ...heldPhoto('a', 'd', { photo_id: 'p', role: 'scene', sha256: '', bytes: 9, mime: 'image/jpeg', width: 1, height: 1, taken_at: NOW, source: 'shutter' }, 0),
  draft_id: null,
  op_id: 'o',
  entity_id: 'e',
  state: 'waiting',
  ...over,
})
const op = (at: number, over: Partial<OpRow> = {}): OpRow => ({
  ...observationOp(
    { author: 'a', now: at, exchange: null },
    `entity-${at}`,
    { ...emptyFields(), category: 'GG' },
    [],
  ),
  ...over,
})

describe('a receipt for a photo', () => {
  test('says stored, and only then is it proven', () => {
    expect(photoAfterReceipt(photo({ state: 'sent' }), 'stored', NOW)).toMatchObject({ state: 'stored', stored_at: NOW })
  })

  test.each(['declared', 'partial:4', 'unknown', 'ready', ''])('that says "%s" sends it again', (word) => {
    expect(photoAfterReceipt(photo({ state: 'sent' }), word, NOW)).toMatchObject({ state: 'waiting', stored_at: null })
  })

  test('that says partial tells how much is there', () => {
    expect(photoAfterReceipt(photo(), 'partial:4', NOW).sent_bytes).toBe(4)
  })

  test('that says unknown of freed bytes is said aloud', () => {
    const freed = photo({ state: 'stored', stored_at: EARLIER, bytes_here: false, acknowledged: true })
    expect(photoAfterReceipt(freed, 'unknown', NOW)).toMatchObject({ state: 'lost', acknowledged: false })
  })
})

describe('bytes may go', () => {
  test.each([
    ['stored before the backup', photo({ state: 'stored', stored_at: EARLIER }), NOW, true],
    ['stored at the moment of the backup', photo({ state: 'stored', stored_at: NOW }), NOW, false],
    ['stored, no backup', photo({ state: 'stored', stored_at: EARLIER }), null, false],
    ['stored fourteen days ago', photo({ state: 'stored', stored_at: OLD }), null, true],
    ['uploaded but not proven', photo({ state: 'sent' }), NOW, false],
    ['waiting again after a restored backup', photo({ state: 'waiting', stored_at: OLD }), NOW, false],
    ['rejected', photo({ state: 'rejected', stored_at: OLD }), NOW, false],
  ])('%s: %s', (_, row, backedUpTo, may) => {
    expect(mayFree(row, backedUpTo, NOW)).toBe(may)
  })
})

describe('an op may be forgotten', () => {
  const settled = op(1, { state: 'accepted', answered_at: OLD })
  test.each([
    ['settled and old', settled, [], true],
    ['its photo is still here', settled, [photo({ state: 'stored', stored_at: OLD })], false],
    ['never answered', op(1, { state: 'sending' }), [], false],
    ['a conflict nobody has seen', op(1, { state: 'conflict', answered_at: OLD }), [], false],
    ['a conflict that was seen', op(1, { state: 'conflict', answered_at: OLD, acknowledged: true }), [], true],
  ] as const)('%s', (_, row, photos, may) => {
    expect(mayForget(row, photos, null, NOW)).toBe(may)
  })
})

test('the same op says the same on every send, whatever happens in between', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const made = op(1)
      const first = freeze({ ...made, content: { ...made.content, data } })
      const later = freeze({ ...first, content: { ...first.content, data: { note: 'changed' } } })
      const words = (row: OpRow): string => canonical({ ...onTheWire(row), clock: undefined })
      expect(words(later)).toBe(words(first))
    }),
  )
})

test('canonical JSON does not depend on the order of keys', () => {
  expect(canonical({ b: [1, { d: 2, c: null }], a: '中' })).toBe('{"a":"中","b":[1,{"c":null,"d":2}]}')
})

test('an op that was refused standing alone goes last, newer or not', () => {
  const [bad, good] = [op(2, { refusals: 7 }), op(1)]
  expect(sendOrder([bad, good], 10).map((row) => row.op_id)).toEqual([good.op_id, bad.op_id])
})

test('a batch stays below 256 KB', () => {
  const big = Array.from({ length: 60 }, (_, at) => op(at, { frozen: 'x'.repeat(20_000) }))
  const batch = firstBatch(sendOrder(big, 1_000))
  expect(batch.reduce((sum, row) => sum + row.frozen!.length, 0)).toBeLessThan(256 * 1024)
  expect(batch.length).toBeGreaterThan(10)
})

test('one op larger than a batch still goes, alone', () => {
  expect(firstBatch([op(1, { frozen: 'x'.repeat(400_000) }), op(2)])).toHaveLength(1)
})

test.each([
  ['the moment has come', 1_000, true],
  ['a moment too early', 1_001, false],
  ['the longest wait there is', 1_000 + LONGEST_WAIT_MS, false],
  ['counted by a clock that was put back since', 1_001 + LONGEST_WAIT_MS, true],
])('due: %s', (_, not_before, due) => {
  expect(isDue({ not_before }, 1_000)).toBe(due)
})

test('a back-off is never above five minutes and grows before that', () => {
  expect([0, 1, 3].map((failures) => backOff(failures, () => 1))).toEqual([2_000, 4_000, 16_000])
  expect(backOff(50, () => 1)).toBe(300_000)
  expect(backOff(50, () => 0)).toBe(0)
})
