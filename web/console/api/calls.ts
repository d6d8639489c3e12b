/** Every request of the console, by name. Network only: no screen, no store. */
import type { Call } from '@shared/api/client'
import type { Answer, MapSketch, Observation, Person, Photo, RoadSheet, Schemas, TaskRow } from '@shared/api/types'
import type { ExifHints } from '@shared/photos/exif'

import { get, post, put, remove, sendFile } from './http'
import type {
  Board,
  CalendarYears,
  Case,
  Channel,
  ChannelForm,
  ChannelList,
  Delivery,
  DryRun,
  Inbox,
  Invitation,
  Month,
  Page,
  Quarantined,
  RescueAnswer,
  RoutingRule,
  RuleForm,
  SavedFilter,
  SessionAnswer,
  SettingEdit,
  PastTasks,
  Setup,
  TaskCounts,
  Trends,
  WorkHours,
  WorkPeriod,
} from './types'

export interface Device {
  id: string
  name: string
}

export function signIn(login: string, password: string, device: Device): Promise<SessionAnswer> {
  return post('/sessions', { login, password, device, cookie: true }, { anonymous: true })
}

export function signOut(): Promise<void> {
  return remove('/sessions/current')
}

/** The first request of a page: a 401 is an answer here, not a session lost during work. */
export function whoAmI(): Promise<SessionAnswer> {
  return get('/me', { anonymous: true })
}

export function setup(call: Call = {}): Promise<Setup> {
  return get('/setup', call)
}

/** Set or change the own password; other sessions end, this one stays. */
export function setOwnPassword(password: { new: string; current?: string; login?: string }): Promise<Person> {
  return put('/me/password', password)
}

export function taskPage(
  params: URLSearchParams,
  cursor: string | null,
  call: Call = {},
  limit = 50,
): Promise<Page<TaskRow>> {
  const request = new URLSearchParams(params)
  request.set('limit', String(limit))
  if (cursor) request.set('cursor', cursor)
  return get(`/tasks?${request}`, call)
}

export function taskCounts(params: URLSearchParams, call: Call = {}): Promise<TaskCounts> {
  return get(`/tasks/counts?${params}`, call)
}

export async function savedFilters(): Promise<readonly SavedFilter[]> {
  const answer = await get<{ items: SavedFilter[] }>('/me/filters')
  return answer.items
}

export function keepFilter(filter: { id: string; name: string; query: string }): Promise<SavedFilter> {
  return post('/me/filters', filter)
}

export function dropFilter(id: string): Promise<void> {
  return remove(`/me/filters/${encodeURIComponent(id)}`)
}

export function pastTasks(cursor: string | null, call: Call = {}): Promise<PastTasks> {
  const request = new URLSearchParams({ limit: '50', ...(cursor && { cursor }) })
  return get(`/tasks/past?${request}`, call)
}

export function oneTask(id: string, call: Call = {}): Promise<Case> {
  return get(`/tasks/${encodeURIComponent(id)}`, call)
}

/** A case near another one. */
export interface NearbyCase extends TaskRow, Pick<Answer<Schemas['NearbyTask']>, 'distance_m' | 'same_category'> {}

/** Open cases around this one, of its kind first; none where it is not placed. */
export function nearbyCases(id: string, call: Call = {}): Promise<{ items: readonly NearbyCase[]; placed: boolean }> {
  return get(`/tasks/${encodeURIComponent(id)}/nearby`, call)
}

/** One move of a case 动作: which, of which version, and what it needs. */
export interface MoveRequest extends Omit<Schemas['WantedMove'], 'photos' | 'place'> {
  readonly photos?: (string | DeclaredPhoto)[]
}

/** A photo handed in with a move: described here, its bytes follow by tus. */
export interface DeclaredPhoto extends Pick<Photo, 'role' | 'sha256' | 'bytes' | 'mime' | 'source'> {
  readonly photo_id: string
  readonly width: number
  readonly height: number
  readonly taken_at: string
  /** What the file said before it was re-encoded. */
  readonly exif?: ExifHints
}

export function makeMove(id: string, request: MoveRequest, call: Call = {}): Promise<Case> {
  return post(`/tasks/${encodeURIComponent(id)}/moves`, request, call)
}

/** 疑点: why a case is to be looked at by itself before it is passed. */
export type Doubted = Answer<Schemas['Doubt']>

export async function doubtsOf(ids: readonly string[]): Promise<readonly Doubted[]> {
  const answer = await post<{ items: readonly Doubted[] }>('/tasks/doubts', { ids })
  return answer.items
}

export function board(call: Call = {}): Promise<Board> {
  return get('/board', call)
}

/** Districts and units of a month, `2026-11`. */
export function boardMonth(month: string, call: Call = {}): Promise<Month> {
  return get(`/board/month?${new URLSearchParams({ month })}`, call)
}

export function monthAddress(month: string): string {
  return `/api/v1/board/month.xlsx?${new URLSearchParams({ month })}`
}

export function trends(params: URLSearchParams, call: Call = {}): Promise<Trends> {
  return get(`/board/trends?${params}`, call)
}

export function sketch(): Promise<MapSketch> {
  return get('/map')
}

/** The roads of a district, where the sketch lists some. */
export function roadsOfDistrict(district: string): Promise<RoadSheet> {
  return get(`/map/roads/${encodeURIComponent(district)}`)
}

/** A record as its author and the office read it. */
export function observation(id: string): Promise<Observation> {
  return get(`/observations/${encodeURIComponent(id)}`)
}

export function quarantine(state: string, cursor: string | null): Promise<Page<Quarantined>> {
  const request = new URLSearchParams({ state })
  if (cursor) request.set('cursor', cursor)
  return get(`/quarantine?${request}`)
}

export function resolveQuarantined(id: string, note: string): Promise<Quarantined> {
  return post(`/quarantine/${encodeURIComponent(id)}/resolve`, { note })
}

/** One page of a register: units, points, shops, people … */
export function registerPage<Item>(register: string, cursor: string | null): Promise<Page<Item>> {
  return get(`/${register}`, { query: { limit: 500, cursor } })
}

/** All pages of a small register. */
export async function wholeRegister<Item>(register: string): Promise<Item[]> {
  const all: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await registerPage<Item>(register, cursor)
    all.push(...page.items)
    cursor = page.next
  } while (cursor)
  return all
}

export function invite(personId: string): Promise<Invitation> {
  return post('/invitations', { person_id: personId })
}

/** 抢救导入: the zip of a phone that cannot sync. */
export function bringIn(zip: Blob, progress: (sent: number) => void): Promise<RescueAnswer> {
  return sendFile('/rescues', zip, progress)
}

/** 通知: my inbox, the newest first. */
export function myNotices(cursor: string | null, limit = 30): Promise<Inbox> {
  return get('/me/notices', { query: { limit, cursor } })
}

export function readNotices(read: { ids: readonly string[] } | { until: string }): Promise<{ unread: number }> {
  return post('/me/notices/read', read)
}

/** 通知渠道: an admin's. */
export function channels(): Promise<ChannelList> {
  return get('/channels')
}

export function keepChannel(id: string | null, form: ChannelForm): Promise<Channel> {
  return id ? put(`/channels/${encodeURIComponent(id)}`, form) : post('/channels', form)
}

export function tryChannel(id: string): Promise<Delivery> {
  return post(`/channels/${encodeURIComponent(id)}/test`)
}

export function deliveries(id: string, cursor: string | null = null, limit = 20): Promise<Page<Delivery>> {
  return get(`/channels/${encodeURIComponent(id)}/deliveries`, { query: { limit, cursor } })
}

/** 工作日历 */
export function calendarYears(): Promise<CalendarYears> {
  return get('/calendar/years')
}

export function publishYear(request: {
  year: number
  source: 'library' | 'list'
  days: string
  replace: boolean
  note: string | null
}): Promise<{ years: CalendarYears; recounted: number }> {
  return post('/calendar/years', request)
}

export function setCalendarDay(request: {
  day: string
  working: boolean
  name: string | null
  note: string | null
}): Promise<{ recounted: number }> {
  return post('/calendar/days', request)
}

export function workPeriods(): Promise<Page<WorkPeriod>> {
  return get('/calendar/periods')
}

export function setWorkPeriod(request: {
  starts_on: string
  ends_on: string | null
  hours: readonly WorkHours[]
  note: string | null
}): Promise<{ recounted: number }> {
  return post('/calendar/periods', request)
}

export function dropWorkPeriod(startsOn: string): Promise<{ recounted: number }> {
  return post('/calendar/periods/drop', { starts_on: startsOn })
}

export function settingEdits(of: 'calendar' | 'routing' | 'outlines'): Promise<Page<SettingEdit>> {
  return get(`/${of}/edits`, { query: { limit: 30 } })
}

/** 派遣规则 */
export function routingRules(ended: boolean, cursor: string | null): Promise<Page<RoutingRule>> {
  return get('/routing', { query: { limit: 500, ended, cursor } })
}

export function addRule(form: RuleForm): Promise<RoutingRule> {
  return post('/routing', form)
}

export function endRule(id: string, endsOn: string, note: string | null): Promise<RoutingRule> {
  return post(`/routing/${encodeURIComponent(id)}/end`, { ends_on: endsOn, note })
}

export function tryRouting(trial: { rule: RuleForm } | { ends: { id: string; ends_on: string } }): Promise<DryRun> {
  return post('/routing/dry-run', trial)
}

export type PhotoLink = Pick<Answer<Schemas['PhotoLink']>, 'url' | 'expires_at'>

export function photoLink(id: string, copy: 'review' | 'thumb' | 'original'): Promise<PhotoLink> {
  return get(`/photos/${encodeURIComponent(id)}/${copy}`)
}
