/** What of each register may be written, field by field, and how a form becomes an entry. Pure. */
import {
  CampaignLabel,
  EVIDENCE_TO_CLOSE,
  EVIDENCE_TO_OPEN,
  LimitUnitLabel,
  RecordAsLabel,
  RoleLabel,
  SeverityLabel,
  UnitKindLabel,
  type Label,
} from '@shared/contract/vocabulary'
import { describeClose, describeOpen } from '@shared/i18n/evidence'
import { inWords, labelOf, say } from '@shared/i18n/language'

import type { Entry } from '../../api/registers'
import type { Names } from './columns'

/** `several`: codes chosen by their words and joined by +. */
export type FieldKind = 'several' | 'text' | 'number' | 'whole' | 'choice' | 'named' | 'claim' | 'day' | 'list'

export interface FormField {
  readonly name: string
  readonly label: Label
  readonly kind: FieldKind
  readonly required?: boolean
  readonly hint?: Label
  /** What it means to leave it empty, where that says something. */
  readonly empty?: Label
  readonly wide?: boolean
  /** Of a choice: the words; of a named one: the list it is chosen from. */
  readonly words?: Readonly<Record<string, Label>>
  readonly from?: 'units' | 'points' | 'districts' | 'streets' | 'communities'
  /** Of text: what is usually written. */
  readonly usual?: readonly string[]
  /** A claim that a new entry does not make. */
  readonly off?: boolean
  /** Only in the form of a new entry. */
  readonly once?: boolean
}

export type Draft = Record<string, string | boolean>

const POINT_TYPES =
  '政务大厅 医院 宾馆 商场超市 长途汽车站 火车站 公交车 公交站台 出租车 影剧院 中小学 校园周边 网吧 主次干道 商业大街 餐饮店 药店 交通路口 背街小巷 社区居委会 小区 集贸市场 公园 公共广场 景区 室外公厕 建筑围挡 救助中心 环卫中转站 政务窗口 银行网点 加油站 图书馆 文化馆 新时代文明实践中心'.split(
    ' ',
  )

const NAME: FormField = { name: 'name', label: { zh: '名称', en: 'Name' }, kind: 'text', required: true, wide: true }
const CODE: FormField = { name: 'code', label: { zh: '编码', en: 'Code' }, kind: 'text', required: true }
const DISTRICT: FormField = { name: 'district', label: { zh: '城区', en: 'District' }, kind: 'named', from: 'districts' }
const WHOLE_CITY: Label = { zh: '全市', en: 'The whole city' }
const UNIT: FormField = { name: 'unit_id', label: { zh: '单位', en: 'Unit' }, kind: 'named', from: 'units' }
const POINT: FormField = { name: 'point_id', label: { zh: '点位', en: 'Point' }, kind: 'named', from: 'points' }
const STREET: FormField = { name: 'street', label: { zh: '街道', en: 'Street' }, kind: 'named', from: 'streets' }
const COMMUNITY: FormField = { name: 'community', label: { zh: '社区', en: 'Community' }, kind: 'named', from: 'communities' }
const LON: FormField = { name: 'lon', label: { zh: '经度', en: 'Longitude' }, kind: 'number', hint: { zh: 'WGS-84，约 110.8', en: 'WGS-84, about 110.8' } }
const LAT: FormField = { name: 'lat', label: { zh: '纬度', en: 'Latitude' }, kind: 'number', hint: { zh: 'WGS-84，约 32.6', en: 'WGS-84, about 32.6' } }
const ADDRESS: FormField = { name: 'address', label: { zh: '地址', en: 'Address' }, kind: 'text', wide: true }
const ACTIVE: FormField = {
  name: 'active',
  label: { zh: '启用', en: 'In force' },
  kind: 'claim',
  hint: { zh: '停用后不再供选择，已有记录照常显示', en: 'Switched off it is no longer offered; records keep showing it' },
}

export const FORMS: Readonly<Record<string, readonly FormField[]>> = {
  people: [
    { name: 'name', label: { zh: '姓名', en: 'Name' }, kind: 'text', required: true },
    { name: 'role', label: { zh: '角色', en: 'Role' }, kind: 'choice', words: RoleLabel, required: true },
    { name: 'code', label: { zh: '人员编号', en: 'Number' }, kind: 'text', hint: { zh: '批量导入时用来认人', en: 'Tells people apart in an import' } },
    { name: 'login', label: { zh: '账号', en: 'Login' }, kind: 'text', hint: { zh: '只用手机邀请登录的人可不填', en: 'Not needed for phones, which are invited' } },
    { ...DISTRICT, empty: WHOLE_CITY },
    { ...UNIT, hint: { zh: '处置人员必填', en: 'Needed for handlers' } },
    { name: 'trusted', label: { zh: '免审立案', en: 'Trusted' }, kind: 'claim', off: true, hint: { zh: '此人上报的问题自动立案', en: 'What this person reports is filed by itself' } },
    ACTIVE,
  ],
  units: [
    NAME,
    CODE,
    { name: 'kind', label: { zh: '类型', en: 'Kind' }, kind: 'choice', words: UnitKindLabel, required: true },
    { ...DISTRICT, empty: WHOLE_CITY },
    ACTIVE,
  ],
  points: [
    NAME,
    CODE,
    { name: 'type', label: { zh: '类型', en: 'Type' }, kind: 'text', required: true, usual: POINT_TYPES },
    { ...LON, required: true },
    { ...LAT, required: true },
    STREET,
    COMMUNITY,
    { ...DISTRICT, hint: { zh: '不填则按街道或坐标判定', en: 'Empty: found by street or position' } },
    ADDRESS,
    ACTIVE,
  ],
  shops: [
    NAME,
    { name: 'plate_code', label: { zh: '门牌码', en: 'Plate' }, kind: 'text', required: true },
    UNIT,
    POINT,
    { ...LON, hint: { zh: '不填则用点位坐标', en: 'Empty: that of the point' } },
    { ...LAT, hint: { zh: '不填则用点位坐标', en: 'Empty: that of the point' } },
    { name: 'duties', label: { zh: '三包', en: 'Duties' }, kind: 'list', wide: true, hint: { zh: '用顿号分开，如 包卫生、包绿化、包秩序', en: 'Parted by 、' } },
    ADDRESS,
    ACTIVE,
  ],
  categories: [
    { ...CODE, once: true, hint: { zh: '两个字母加四位数字，定后不改', en: 'Two letters and four digits, for good' } },
    { name: 'name_zh', label: { zh: '名称', en: 'Chinese name' }, kind: 'text', required: true, wide: true },
    { name: 'name_en', label: { zh: '英文名', en: 'English name' }, kind: 'text', required: true, wide: true },
    { name: 'campaign', label: { zh: '专项行动', en: 'Campaign' }, kind: 'choice', words: CampaignLabel, required: true },
    { name: 'severity', label: { zh: '程度', en: 'Severity' }, kind: 'choice', words: SeverityLabel, required: true },
    { name: 'limit_value', label: { zh: '时限', en: 'Limit' }, kind: 'number', required: true },
    { name: 'limit_unit', label: { zh: '时限单位', en: 'Limit unit' }, kind: 'choice', words: LimitUnitLabel, required: true },
    { name: 'make_safe_hours', label: { zh: '消险时限（小时）', en: 'Make safe (hours)' }, kind: 'whole' },
    { name: 'record_as', label: { zh: '方式', en: 'Record as' }, kind: 'choice', words: RecordAsLabel, required: true },
    { name: 'evidence_open', label: { zh: '立案证据', en: 'To open' }, kind: 'several', words: EVIDENCE_TO_OPEN, required: true, wide: true, hint: { zh: '可选几项，都要满足', en: 'Choose one or several; all are needed' } },
    { name: 'evidence_close', label: { zh: '结案证据', en: 'To close' }, kind: 'several', words: EVIDENCE_TO_CLOSE, required: true, wide: true, hint: { zh: '可选几项，都要满足', en: 'Choose one or several; all are needed' } },
    { name: 'initials', label: { zh: '拼音首字母', en: 'Initials' }, kind: 'text', hint: { zh: '手机上按首字母查找', en: 'For the search on the phone' } },
    { name: 'synonyms', label: { zh: '俗称', en: 'Everyday words' }, kind: 'text', wide: true, hint: { zh: '大家平时的叫法，用空格分开，手机上按此查找', en: 'What people say, parted by blanks, for the search on the phone' } },
    { name: 'gb_reference', label: { zh: '国标代码', en: 'Standard' }, kind: 'text' },
    { name: 'limit_note', label: { zh: '时限说明', en: 'Note on the limit' }, kind: 'text', wide: true },
    { name: 'auto_file', label: { zh: '自动立案', en: 'Filed by itself' }, kind: 'claim', off: true },
    { name: 'auto_dispatch', label: { zh: '自动派遣', en: 'Dispatched by itself' }, kind: 'claim', off: true, hint: { zh: '有匹配的派遣规则时', en: 'Where a routing rule fits' } },
    { name: 'spot_check_percent', label: { zh: '当场办结抽查（%）', en: 'Spot checks (%)' }, kind: 'whole', required: true, hint: { zh: '当场整改、劝导的记录按此比例核查', en: 'Share of what was fixed on the spot that is verified' } },
    ACTIVE,
  ],
  pairings: [
    { ...UNIT, label: { zh: '包联单位', en: 'Unit' }, required: true, wide: true },
    { ...POINT, hint: { zh: '点位、社区、街道只选一个', en: 'One of point, community, street' } },
    COMMUNITY,
    STREET,
    { name: 'starts_on', label: { zh: '起', en: 'From' }, kind: 'day', required: true },
    { name: 'ends_on', label: { zh: '止', en: 'To' }, kind: 'day', hint: { zh: '不填为长期', en: 'Empty: until further notice' }, empty: { zh: '长期', en: 'until further notice' } },
  ],
}

/** The form of an entry; of a new one without. */
export function draftOf(fields: readonly FormField[], entry: Entry | null): Draft {
  const draft: Draft = {}
  for (const field of fields) draft[field.name] = entry ? written(field, entry) : fresh(field)
  return draft
}

const fresh = (field: FormField): string | boolean => {
  if (field.kind === 'claim') return !field.off
  return field.name === 'spot_check_percent' ? '10' : ''
}

function written(field: FormField, entry: Entry): string | boolean {
  const value = valueOf(field.name, entry)
  if (field.kind === 'claim') return value === true
  if (Array.isArray(value)) return value.join('、')
  return value === null || value === undefined ? '' : String(value)
}

/** People and pairings are shown with a named unit and district; they are written by their keys. */
function valueOf(name: string, entry: Entry): unknown {
  if (name in entry) {
    const value = entry[name]
    return name === 'district' && typeof value === 'object' && value !== null ? (value as Entry).code : value
  }
  return name === 'unit_id' ? ((entry.unit as Entry | null)?.id ?? null) : undefined
}

/** What goes over the wire: empty is null, numbers are numbers. */
export function entryOf(fields: readonly FormField[], draft: Draft): Record<string, unknown> {
  const entry: Record<string, unknown> = {}
  for (const field of fields) {
    if (field.once) continue
    const value = draft[field.name]
    entry[field.name] = typeof value === 'boolean' ? value : sent(field, (value ?? '').trim())
  }
  return entry
}

function sent(field: FormField, text: string): unknown {
  if (field.kind === 'list') return text.split(/[、;;,,]/).map((one) => one.trim()).filter(Boolean)
  if (field.name === 'initials') return text
  if (text === '') return null
  return field.kind === 'number' || field.kind === 'whole' || field.name === 'severity' ? Number(text) : text
}

/** What is still to be filled in before it is worth asking the server. */
export function missing(fields: readonly FormField[], draft: Draft, isNew: boolean): readonly FormField[] {
  return fields.filter((field) => field.required && (isNew || !field.once) && draft[field.name] === '')
}

/** A value of the history in words. */
export function spoken(register: string, name: string, value: unknown, names: Names): string {
  const field = FORMS[register]?.find((one) => one.name === name)
  if (value === null || value === undefined || value === '') return field?.empty ? inWords(field.empty) : say('（空）', '(empty)')
  if (name === 'active') return value ? say('启用', 'in force') : say('停用', 'off')
  if (typeof value === 'boolean') return value ? say('是', 'yes') : say('否', 'no')
  if (Array.isArray(value)) return value.join('、')
  const text = String(value)
  if (field?.words) return labelOf(field.words, text)
  if (field?.from === 'units') return names.unit(text) ?? text
  if (field?.from === 'points') return names.point(text) ?? text
  if (field?.from === 'districts') return names.district(text) ?? text
  if (field?.from === 'streets') return names.street(text) ?? text
  if (field?.from === 'communities') return names.community(text) ?? text
  if (name === 'evidence_open') return describeOpen(text)
  if (name === 'evidence_close') return describeClose(text)
  return text
}

export const titleOf = (register: string, name: string): Label =>
  FORMS[register]?.find((one) => one.name === name)?.label ?? { zh: name, en: name }
