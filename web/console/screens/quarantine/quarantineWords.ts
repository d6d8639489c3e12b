/** A quarantined item in words: what was sent, and what to do about its reason. Pure. */
import { MOVE_REASONS, MoveLabel, OpKind, OutcomeLabel, SeverityLabel, SiteFindingLabel, type Label, type Move } from '@shared/contract/vocabulary'

import type { Quarantined } from '../../api/types'

export interface Line {
  readonly name: Label
  readonly value: Label
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const text = (value: unknown): string | null => (typeof value === 'string' || typeof value === 'number' ? String(value) : null)
const same = (words: string): Label => ({ zh: words, en: words })
/** A word of the contract; one that it does not know stays as it came. */
const fromTable = (table: Readonly<Record<string, Label>>, value: string): Label => table[value] ?? same(value)

const NAMES = {
  category: { zh: '类别', en: 'Category' },
  severity: { zh: '严重程度', en: 'Severity' },
  outcome: { zh: '现场处理', en: 'On the spot' },
  note: { zh: '说明', en: 'Note' },
  address: { zh: '地址', en: 'Address' },
  place: { zh: '位置', en: 'Place' },
  move: { zh: '操作', en: 'Step' },
  reason: { zh: '理由', en: 'Reason' },
  finding: { zh: '复核结果', en: 'Finding' },
} as const satisfies Readonly<Record<string, Label>>
type Name = keyof typeof NAMES

function placeWords(value: unknown): Label | null {
  const { lon, lat, accuracy_m } = fieldsOf(value)
  if (typeof lon !== 'number' || typeof lat !== 'number') return null
  const near = typeof accuracy_m === 'number' ? ` ±${Math.round(accuracy_m)} m` : ''
  return same(`${lon.toFixed(5)}, ${lat.toFixed(5)}${near}`)
}

function valueOf(name: Name, fields: Fields, categoryName: (code: string) => string): Label | null {
  if (name === 'place') return placeWords(fields.place)
  const value = text(fields[name])
  if (value === null || value === '') return null
  switch (name) {
    case 'category':
      return same(categoryName(value))
    case 'severity':
      return fromTable(SeverityLabel, value)
    case 'outcome':
      return fromTable(OutcomeLabel, value)
    case 'move':
      return fromTable(MoveLabel, value)
    case 'finding':
      return fromTable(SiteFindingLabel, value)
    case 'reason':
      return MOVE_REASONS[text(fields.move) as Move]?.find((one) => one.code === value)?.label ?? same(value)
    default:
      return same(value)
  }
}

/** What a person put in, line by line; empty for content that cannot be read as an op. */
export function contentLines(item: Pick<Quarantined, 'body'>, categoryName: (code: string) => string): Line[] {
  const data = fieldsOf(fieldsOf(item.body).data)
  // An addition names the fields it changes one level deeper.
  const fields = isFields(data.fields) ? { ...data, ...data.fields } : data
  return (Object.keys(NAMES) as Name[]).flatMap((name) => {
    const value = valueOf(name, fields, categoryName)
    return value ? [{ name: NAMES[name], value }] : []
  })
}

/** When it was recorded, by the phone's own clock; null where the content does not say. */
export const capturedAt = (item: Pick<Quarantined, 'body'>): string | null => {
  const at = text(fieldsOf(item.body).captured_at)
  return at !== null && !Number.isNaN(Date.parse(at)) ? at : null
}

/** How many photos the phone declared. */
export function declaredPhotos(item: Pick<Quarantined, 'body'>): number {
  const { photos } = fieldsOf(item.body)
  return Array.isArray(photos) ? photos.length : 0
}

/** What it concerns that can be opened: a case, or the record on the server. */
export function concerned(item: Pick<Quarantined, 'kind' | 'entity_id'>): { readonly kind: 'task' | 'observation'; readonly id: string } | null {
  if (!item.entity_id) return null
  if (item.kind === OpKind.TASK_MOVE) return { kind: 'task', id: item.entity_id }
  return item.kind?.startsWith('observation.') ? { kind: 'observation', id: item.entity_id } : null
}

const COMPARE: Label = {
  zh: '同一条记录已先收到一份，这一份没有生效。请打开已收到的记录对照：内容相同，直接标记为已处理；这一份多出的照片或说明，请本人补充到那条记录。',
  en: 'The record had arrived once before, so this copy was not applied. Compare it with the record: if they are alike, mark this one as resolved; if this one holds more, ask the reporter to add it there.',
}
const MOVED_ON: Label = {
  zh: '送达时案件已有新的进展，这一步没有生效。请打开案件核对；仍需要办理的，请本人在最新状态下重做，或由您办理。',
  en: 'The case had gone on before this arrived, so the step was not applied. Look at the case; if the step is still needed, have it made again on the current state.',
}
const OTHER_CONTENT: Label = {
  zh: '同一个编号送来了两份不同的内容，先到的已生效。请与本人核对；这一份也属实的，请本人重新上报。',
  en: 'Two different contents came under one number; the first was applied. Ask the reporter; if this one is true as well, have it recorded again.',
}
const UNREADABLE: Label = {
  zh: '内容缺项或手机版本与服务器不一致。请让本人升级应用后重新上报；多次出现请告诉管理员。',
  en: 'Something is missing, or the phone’s version does not fit the server. Have the reporter update the app and record it again; tell the administrator if it happens often.',
}
const CORRECTED: Label = {
  zh: '照片和文字都在这里，没有丢。请按上面的原因与本人核对，改正后由本人重新上报，再标记为已处理。',
  en: 'Photos and words are kept here. Settle the reason with the reporter, who records it again; then mark it as resolved.',
}
const VISIT: Label = {
  zh: '这项现场复核已撤回或已有结果，这一份没有计入。照片和说明可供参考；需要时请打开案件再请人复核。',
  en: 'The visit was taken back or has a result, so this one does not count. Photos and words may still help; ask for another visit on the case if needed.',
}
const CHAINED: Label = {
  zh: '它接在另一条被隔离的内容后面。请先处理那一条，再请本人重做这一步。',
  en: 'It follows another quarantined item. Resolve that one first, then have this step made again.',
}
const DRAFT: Label = { zh: '这是没有保存完的草稿。请联系本人确认，属实的请本人补报。', en: 'This is an unfinished draft. Ask its author; if it is true, have it recorded.' }
const OTHERWISE: Label = {
  zh: '请与本人核对；需要时请本人重新上报，再标记为已处理。',
  en: 'Settle it with the reporter; have it recorded again where needed, then mark it as resolved.',
}

const ADVICE: Readonly<Record<string, Label>> = {
  'entity-exists': COMPARE,
  'stale-version': MOVED_ON,
  'move-not-allowed': MOVED_ON,
  'too-late-to-amend': MOVED_ON,
  'photos-never-came': MOVED_ON,
  'op-id-reused': OTHER_CONTENT,
  'move-id-reused': OTHER_CONTENT,
  'photo-id-reused': OTHER_CONTENT,
  'photo-mismatch': OTHER_CONTENT,
  malformed: UNREADABLE,
  invalid: UNREADABLE,
  'kind-unknown': UNREADABLE,
  'encoding-unsupported': UNREADABLE,
  'category-unknown': CORRECTED,
  'place-out-of-range': CORRECTED,
  'too-many-photos': CORRECTED,
  'move-incomplete': CORRECTED,
  'reason-missing': CORRECTED,
  'evidence-missing': CORRECTED,
  'visit-unknown': VISIT,
  'visit-withdrawn': VISIT,
  'visit-settled': VISIT,
  'parent-quarantined': CHAINED,
  'rescued-draft': DRAFT,
}

/** 怎么办: by the reason's slug. */
export const adviceFor = (slug: string): Label => ADVICE[slug] ?? OTHERWISE
