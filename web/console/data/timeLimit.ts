/** The limit of a case in words: the unit's time ends when the unit submits, not at the check. */
import { OPEN_STATES, TaskState } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'
import { countdown, type Urgency } from '@shared/time/format'
import { say } from '@shared/i18n/language'

/** What a case needs to tell for its limit to be put in words. */
export interface Timed {
  state: TaskState
  due_at: string | null
  submitted_at: string | null
}

export interface Limit {
  words: string
  urgency: Urgency
}

/** 还剩 2 小时 · 已超 1 天 · 按时提交 · 超期提交 · 计时暂停 · null where no limit speaks. */
export function limitOf(task: Timed, now: Date): Limit | null {
  if (!task.due_at) return null
  const working = OPEN_STATES.has(task.state) && task.state !== TaskState.VERIFYING
  if (!working) return handedOver(task.due_at, task.submitted_at)
  if (task.state === TaskState.SHELVED) {
    return { words: say('计时暂停', 'clock stopped'), urgency: 'calm' }
  }
  return countdown(task.due_at, now)
}

function handedOver(due: string, submitted: string | null): Limit | null {
  if (!submitted) return null
  return Date.parse(submitted) > Date.parse(due)
    ? { words: say('超期提交', 'late'), urgency: 'over' }
    : { words: say('按时提交', 'in time'), urgency: 'calm' }
}

const FILING: Label = { zh: '立案时限', en: 'File by' }
const DISPATCHING: Label = { zh: '派遣时限', en: 'Dispatch by' }
const UNIT: Label = { zh: '处置时限', en: 'Repair by' }

const OFFICE_LIMITS: Readonly<Partial<Record<TaskState, Label>>> = {
  [TaskState.AWAITING_EVIDENCE]: FILING,
  [TaskState.REPORTED]: FILING,
  [TaskState.FILED]: DISPATCHING,
  [TaskState.HANDED_BACK]: DISPATCHING,
}

/** Whose limit it is: the office's to file or dispatch, else the unit's to repair. */
export function limitName(state: TaskState): Label {
  return OFFICE_LIMITS[state] ?? UNIT
}
