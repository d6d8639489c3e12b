/** Which columns each register shows; a row of any register is a plain record here. Pure. */
import { CampaignLabel, LimitUnitLabel, RecordAsLabel, RoleLabel, ScopeLevel, ScopeLevelLabel, SeverityLabel, UnitKindLabel } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'
import { describeClose, describeOpen } from '@shared/i18n/evidence'
import { labelOf, say } from '@shared/i18n/language'
import { fold } from '@shared/text/fold'

import type { Entry } from '../../api/registers'

export type { Entry }

/** What a code or an id is called, where the console knows it; null where it does not. */
export interface Names {
  district(code: string): string | null
  street(code: string): string | null
  community(code: string): string | null
  point(id: string): string | null
  unit(id: string): string | null
}

export interface Column {
  readonly label: Label
  readonly value: (entry: Entry, names: Names) => string
  readonly number?: boolean
  readonly wide?: boolean
  /** Two lines of it, the rest when it is pointed at. */
  readonly long?: boolean
}

export interface Register {
  readonly name: string
  readonly label: Label
  /** Only for the office: supervisors and admins. */
  readonly office?: boolean
  readonly columns: readonly Column[]
  /** Entries are written here by admins, and their history is kept. */
  readonly onServer?: boolean
  /** Comes and goes as a table. */
  readonly table?: boolean
  /** Has plates with QR codes. */
  readonly plates?: boolean
  /** Its entries can be switched off. */
  readonly ends?: boolean
}

const text = (name: string) => (entry: Entry) => words(entry[name])
const named = (name: string) => (entry: Entry) => words((entry[name] as Entry | null)?.name)

function words(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—'
  if (Array.isArray(value)) return value.map(words).join('、')
  return typeof value === 'object' ? words((value as Entry).name) : String(value)
}

function place(entry: Entry): string {
  const { lon, lat } = entry
  return typeof lon === 'number' && typeof lat === 'number' ? `${lat.toFixed(5)}, ${lon.toFixed(5)}` : '—'
}

function called(key: unknown, name: (key: string) => string | null): string {
  return typeof key === 'string' && key ? (name(key) ?? key) : '—'
}

/** What an empty district means, of whom it is empty on purpose. */
export const wholeCity = (): string => say('全市', 'The whole city')

/** What a pairing stands beside: a point, a community or a street. */
function pairedWith(entry: Entry, names: Names): string {
  if (entry.point_id) return called(entry.point_id, (id) => names.point(id))
  const name = words(entry.place_name ?? entry.community ?? entry.street)
  return entry.community ? say(`社区 ${name}`, `community ${name}`) : say(`街道 ${name}`, `street ${name}`)
}

const yesNo = (value: unknown) => (value ? say('是', 'yes') : say('否', 'no'))

const NAME: Column = { label: { zh: '名称', en: 'Name' }, value: text('name'), wide: true }
const CODE: Column = { label: { zh: '编码', en: 'Code' }, value: text('code') }
const ADDRESS: Column = { label: { zh: '地址', en: 'Address' }, value: text('address'), wide: true }
const PLACE: Column = { label: { zh: '坐标', en: 'Position' }, value: place, number: true }
const DISTRICT: Column = {
  label: { zh: '城区', en: 'District' },
  value: (entry, names) => called(entry.district, (code) => names.district(code)),
}

/** Where no district is written, the unit answers for the whole city. */
const wholeCityOr =
  (column: Column): Column['value'] =>
  (entry, names) =>
    entry.district ? column.value(entry, names) : wholeCity()

export const REGISTERS: readonly Register[] = [
  {
    name: 'units',
    onServer: true,
    table: true,
    ends: true,
    label: { zh: '责任单位', en: 'Units' },
    columns: [CODE, NAME, { label: { zh: '类型', en: 'Kind' }, value: (entry) => labelOf(UnitKindLabel, words(entry.kind)) }, { ...DISTRICT, value: wholeCityOr(DISTRICT) }],
  },
  {
    name: 'people',
    onServer: true,
    table: true,
    ends: true,
    label: { zh: '人员', en: 'People' },
    office: true,
    columns: [
      { label: { zh: '姓名', en: 'Name' }, value: text('name') },
      { label: { zh: '人员编号', en: 'Number' }, value: text('code') },
      { label: { zh: '账号', en: 'Login' }, value: text('login') },
      { label: { zh: '角色', en: 'Role' }, value: (entry) => labelOf(RoleLabel, words(entry.role)) },
      {
        label: { zh: '范围', en: 'Scope' },
        value: (entry) => {
          const scope = entry.scope as Entry | null
          const level = labelOf(ScopeLevelLabel, words(scope?.level))
          // The unit has a column of its own; whoever sees only the own records has a district all the same.
          const district = scope?.level === ScopeLevel.DISTRICT ? scope : scope?.level === ScopeLevel.SELF ? (entry.district as Entry | null) : null
          return district?.name ? `${level} · ${words(district.name)}` : level
        },
      },
      { label: { zh: '单位', en: 'Unit' }, value: named('unit'), wide: true },
    ],
  },
  {
    name: 'points',
    onServer: true,
    table: true,
    plates: true,
    ends: true,
    label: { zh: '点位', en: 'Points' },
    columns: [CODE, NAME, { label: { zh: '类型', en: 'Type' }, value: text('type') }, DISTRICT, ADDRESS, PLACE],
  },
  {
    name: 'shops',
    onServer: true,
    table: true,
    plates: true,
    ends: true,
    label: { zh: '门店', en: 'Shops' },
    columns: [
      { label: { zh: '门牌码', en: 'Plate' }, value: text('plate_code') },
      NAME,
      { label: { zh: '责任单位', en: 'Unit' }, value: (entry, names) => called(entry.unit_id, (id) => names.unit(id)) },
      { label: { zh: '三包', en: 'Duties' }, value: text('duties') },
      ADDRESS,
      PLACE,
    ],
  },
  {
    name: 'categories',
    onServer: true,
    ends: true,
    label: { zh: '问题类别', en: 'Categories' },
    columns: [
      CODE,
      { label: { zh: '类别', en: 'Category' }, value: (entry) => say(words(entry.name_zh), words(entry.name_en)), wide: true },
      { label: { zh: '专项行动', en: 'Campaign' }, value: (entry) => labelOf(CampaignLabel, words(entry.campaign)) },
      { label: { zh: '程度', en: 'Severity' }, value: (entry) => labelOf(SeverityLabel, words(entry.severity)) },
      {
        label: { zh: '时限', en: 'Limit' },
        value: (entry) => {
          const unit = labelOf(LimitUnitLabel, words(entry.limit_unit))
          const many = words(entry.limit_value)
          return entry.limit_value ? `${many} ${many === '1' ? unit.replace(/s$/, '') : unit}` : unit
        },
      },
      { label: { zh: '方式', en: 'Record as' }, value: (entry) => labelOf(RecordAsLabel, words(entry.record_as)) },
      { label: { zh: '立案证据', en: 'To open' }, value: (entry) => describeOpen(words(entry.evidence_open)), long: true },
      { label: { zh: '结案证据', en: 'To close' }, value: (entry) => describeClose(words(entry.evidence_close)), long: true },
    ],
  },
  {
    name: 'districts',
    label: { zh: '城区', en: 'Districts' },
    columns: [CODE, NAME, { label: { zh: '界线示意', en: 'Approximate outline' }, value: (entry) => yesNo(entry.approximate) }],
  },
  {
    name: 'pairings',
    onServer: true,
    label: { zh: '包联', en: 'Pairings' },
    columns: [
      { label: { zh: '包联单位', en: 'Unit' }, value: named('unit'), wide: true },
      { label: { zh: '对象', en: 'Of' }, value: pairedWith, wide: true },
      { label: { zh: '起', en: 'From' }, value: text('starts_on') },
      { label: { zh: '止', en: 'To' }, value: (entry) => (entry.ends_on ? words(entry.ends_on) : say('长期', 'until further notice')) },
    ],
  },
  {
    name: 'calendar',
    label: { zh: '工作日历', en: 'Calendar' },
    columns: [
      { label: { zh: '日期', en: 'Day' }, value: text('day') },
      { label: { zh: '安排', en: 'Kind' }, value: (entry) => (entry.working ? say('上班', 'working') : say('放假', 'off')) },
      { label: { zh: '说明', en: 'Name' }, value: text('name'), wide: true },
    ],
  },
]

/** Whether any column of the entry contains the words looked for. */
export function matches(entry: Entry, register: Register, text: string, names: Names): boolean {
  const sought = fold(text)
  if (!sought) return true
  return register.columns.some((column) => fold(column.value(entry, names)).includes(sought))
}
