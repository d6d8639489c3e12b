/** Which notices a person has not looked at on this phone, and where each leads. Pure. */
import { NoticeKind } from '@shared/contract/vocabulary'
import type { Notice } from '@shared/api/types'

export interface InboxEntry {
  readonly notice: Notice
  readonly unread: boolean
}

/** Newest first. */
export function inOrder(notices: readonly Notice[], seen: readonly string[]): InboxEntry[] {
  const looked = new Set(seen)
  return [...notices]
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
    .map((notice) => ({ notice, unread: !notice.read_at && !looked.has(notice.id) }))
}

const KEPT = 300

/** The newest marks stay: older notices are gone from the phone long before. */
export function withSeen(seen: readonly string[], ids: readonly string[]): string[] {
  return [...new Set([...ids, ...seen])].slice(0, KEPT)
}

/** A handler goes to the task, everybody else to the own record; a notice of neither leads nowhere. */
export function leadsTo(notice: Notice, handles: boolean): string | null {
  if (handles) return notice.task_id ? `/tasks/${notice.task_id}` : null
  if (notice.kind === NoticeKind.VISIT_ASKED && notice.task_id) return `/visits/${notice.task_id}`
  return notice.observation_id ? `/records/${notice.observation_id}` : null
}
