/** A quarantined item is read without its JSON. */
import { expect, test } from 'vitest'

import { adviceFor, capturedAt, concerned, contentLines, declaredPhotos } from './quarantineWords'

const CREATE = {
  op_id: 'o',
  captured_at: '2026-04-01T02:00:00Z',
  data: { category: 'GG0402', note: '桶满，有异味', severity: 2, outcome: 'open', place: { lon: 110.78751, lat: 32.64962, accuracy_m: 8 } },
  photos: [{}, {}],
}
const name = (code: string): string => (code === 'GG0402' ? '垃圾桶满溢' : code)
const read = (body: unknown): string[] => contentLines({ body }, name).map((line) => `${line.name.zh}：${line.value.zh}`)

test('a record says what was seen, where and how bad', () => {
  expect(read(CREATE)).toEqual(['类别：垃圾桶满溢', '严重程度：较重', '现场处理：待处置', '说明：桶满，有异味', '位置：110.78751, 32.64962 ±8 m'])
  expect([capturedAt({ body: CREATE }), declaredPhotos({ body: CREATE })]).toEqual(['2026-04-01T02:00:00Z', 2])
})

test('an addition says what it changes, a move its reason, a visit its finding', () => {
  expect(read({ data: { fields: { note: '还有玻璃' } } })).toEqual(['说明：还有玻璃'])
  expect(read({ data: { move: 'reject', reason: 'duplicate', note: '见昨天' } })).toEqual(['说明：见昨天', '操作：不予立案', '理由：重复上报'])
  expect(read({ data: { finding: 'confirmed' } })).toHaveLength(1)
})

test('content that cannot be read gives no lines and no error', () => {
  for (const body of [null, 'text', 7, [], { data: [] }, { data: { note: {}, place: 'x' } }, { captured_at: 'never', photos: 'no' }]) {
    expect(read(body)).toEqual([])
    expect([capturedAt({ body }), declaredPhotos({ body })]).toEqual([null, 0])
  }
})

test('what it concerns can be opened', () => {
  expect(concerned({ kind: 'task.move', entity_id: 't' })).toEqual({ kind: 'task', id: 't' })
  expect(concerned({ kind: 'observation.create', entity_id: 'o' })).toEqual({ kind: 'observation', id: 'o' })
  expect(concerned({ kind: 'visit.record', entity_id: 'v' })).toBeNull()
  expect(concerned({ kind: 'observation.create', entity_id: null })).toBeNull()
})

test('each reason has its advice, and one nobody foresaw a general one', () => {
  expect(adviceFor('entity-exists').zh).toContain('对照')
  expect(adviceFor('stale-version').zh).toContain('案件')
  expect(adviceFor('something-new').zh).toContain('与本人核对')
})
