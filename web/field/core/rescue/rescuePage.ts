/** What stands in a rescue zip for a person to read without any software: 说明.txt and 记录.html. Pure. */
import { MoveLabel, OpKind, OpKindLabel, OutcomeLabel, PhotoRoleLabel, SiteFindingLabel } from '@shared/contract/vocabulary'
import { exactTime } from '@shared/time/format'

import type { DraftRow, OpRow } from '../model/rows'
import type { PackedPhoto } from './manifest'

/** What codes are called, as far as this phone knows. */
export interface Names {
  readonly category: (code: string) => string | null
  readonly point: (id: string) => string | null
}

export interface About {
  readonly person: { readonly id: string; readonly name: string }
  readonly deviceId: string
  readonly appVersion: string
  readonly now: number
  readonly names: Names
  readonly ops: readonly OpRow[]
  readonly drafts: readonly DraftRow[]
  readonly photos: readonly PackedPhoto[]
}

const CONDITION: Readonly<Record<PackedPhoto['condition'], string>> = {
  whole: '完好',
  rotten: '已损坏（与拍摄时的校验值不同）',
  missing: '缺失（手机上已没有内容）',
}
/** A label table by any word: a newer app may have written one this table lacks. */
const called = (table: Readonly<Record<string, { readonly zh: string }>>, word: string): string => table[word]?.zh ?? word

/** 说明.txt: what this file is and what to do with it. */
export function explain(about: About): string {
  const absent = about.photos.filter((photo) => photo.condition !== 'whole')
  return [
    '十堰创文巡查 抢救包',
    '',
    `作者：${about.person.name}`,
    `导出时间：${exactTime(new Date(about.now).toISOString())}（手机时钟）`,
    `设备编号：${about.deviceId}`,
    `应用版本：${about.appVersion}`,
    `内容：记录和操作 ${about.ops.length} 条，照片 ${about.photos.length} 张，草稿 ${about.drafts.length} 份`,
    '',
    '怎么办',
    '1. 请把这个 zip 文件原样交给管理员（不要解压后重新打包；文件名可以改，内容不要动）。',
    '2. 管理员在电脑端打开“抢救导入”，选择本文件导入；能导入的会成为正式记录，并标明“由管理员导入”。',
    '3. 管理员确认导入成功之前，请不要清除手机数据、不要卸载浏览器。',
    '4. 手机以后恢复了网络，照常上传即可：已导入的不会重复。',
    '5. 同一个文件多导入一次也不会重复。',
    '',
    '文件里有什么',
    'manifest.json 清单和校验值；ops.json 记录；drafts.json 草稿；photos 照片原件；记录.html 用浏览器打开即可查看（请先解压）。',
    '本文件含有现场照片和位置，请当作工作资料保管，用完删除。',
    ...(absent.length > 0 ? ['', '不完好的照片', ...absent.map((photo) => `${photo.photo_id} ${CONDITION[photo.condition]}`)] : []),
    '',
    'This zip holds what a phone could not send. Give it, unchanged, to an administrator, who imports it on the console.',
    '',
  ].join('\r\n')
}

/** 记录.html: every record with its photographs, for any browser, no network needed. */
export function describe(about: About): string {
  const title = `${about.person.name} 的待传记录`
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>body{font:16px/1.6 sans-serif;max-width:860px;margin:24px auto;padding:0 16px;color:#1c2a26}
article{border:1px solid #c9d3cf;border-radius:8px;padding:12px 16px;margin:16px 0}h2{font-size:18px;margin:0 0 8px}
dl{display:grid;grid-template-columns:88px 1fr;gap:2px 12px;margin:0}dt{color:#5a6a65}dd{margin:0;overflow-wrap:anywhere}
figure{display:inline-block;width:260px;margin:12px 12px 0 0}img{width:100%;border-radius:6px;background:#eef2f0}
figcaption{font-size:14px}.bad{color:#a3221b;font-weight:600}</style></head><body>
<h1>${escaped(title)}</h1>
<p>导出于 ${exactTime(new Date(about.now).toISOString())}（手机时钟）。共 ${about.ops.length} 条记录和操作，${about.drafts.length} 份草稿。说明见“说明.txt”。</p>
${about.ops.map((op) => recordOf(op, about)).join('\n')}
${about.drafts.map((draft) => draftOf(draft, about)).join('\n')}
</body></html>
`
}

function recordOf(op: OpRow, about: About): string {
  const { kind, data, captured_at } = op.content
  const move = kind === OpKind.TASK_MOVE ? `:${called(MoveLabel, String(data.move))}` : ''
  const rows: [string, unknown][] = [
    ['时间', exactTime(captured_at)],
    ['类别', categoryOf(data.category, about.names)],
    ['现场', data.outcome === undefined ? null : called(OutcomeLabel, String(data.outcome))],
    ['复核', op.about?.title],
    ['结果', op.about?.said ?? (data.finding === undefined ? null : called(SiteFindingLabel, String(data.finding)))],
    ['说明', data.note],
    ['理由', data.reason],
    ['位置', placeOf(data.place)],
    ['点位', typeof data.point_id === 'string' ? (about.names.point(data.point_id) ?? data.point_id) : null],
    ['地址', data.address],
    ['编号', op.entity_id],
  ]
  const roles = new Map(op.content.photos.map((photo) => [photo.photo_id, photo.role as string]))
  const photos = about.photos.filter((photo) => photo.op_id === op.op_id)
  return article(`${called(OpKindLabel, kind)}${move}`, rows, photos, roles)
}

function draftOf(draft: DraftRow, about: About): string {
  const { category, note, place, address, point_id } = draft.fields
  const rows: [string, unknown][] = [
    ['最后修改', exactTime(new Date(draft.updated_at).toISOString())],
    ['类别', categoryOf(category, about.names)],
    ['说明', note],
    ['位置', placeOf(place)],
    ['点位', point_id === null ? null : (about.names.point(point_id) ?? point_id)],
    ['地址', address],
  ]
  const photos = about.photos.filter((photo) => photo.draft_id === draft.draft_id)
  return article('草稿（尚未保存为记录）', rows, photos, new Map())
}

function article(heading: string, rows: [string, unknown][], photos: readonly PackedPhoto[], roles: ReadonlyMap<string, string>): string {
  const filled = rows.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return `<article><h2>${escaped(heading)}</h2><dl>${filled.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(String(value))}</dd>`).join('')}</dl>
${photos.map((photo) => figure(photo, roles.get(photo.photo_id))).join('')}</article>`
}

function figure(photo: PackedPhoto, role: string | undefined): string {
  const bad = photo.condition === 'whole' ? '' : ` <span class="bad">${CONDITION[photo.condition]}</span>`
  const words = escaped(role === undefined ? '照片' : called(PhotoRoleLabel, role))
  const picture = photo.file === null ? '' : `<img src="${escaped(photo.file)}" alt="${words}" loading="lazy">`
  return `<figure>${picture}<figcaption>${words}${bad}<br><small>${escaped(photo.photo_id)}</small></figcaption></figure>`
}

function categoryOf(code: unknown, names: Names): string | null {
  if (typeof code !== 'string') return null
  const name = names.category(code)
  return name === null ? code : `${name}(${code})`
}

function placeOf(place: unknown): string | null {
  if (typeof place !== 'object' || place === null) return null
  const { lon, lat, accuracy_m } = place as { lon?: unknown; lat?: unknown; accuracy_m?: unknown }
  return `北纬 ${String(lat)}，东经 ${String(lon)}${typeof accuracy_m === 'number' ? ` ±${Math.round(accuracy_m)} 米` : ''}`
}

/** A note is untrusted text: on this page it is text and nothing else. */
function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
