/** How every state looks: its one icon; its colour is the token `--state-<value>`, its word the contract's. */
import { TaskState } from '../contract/vocabulary'
import type { IconName } from './icons'

export const TASK_STATE_ICON: Readonly<Record<TaskState, IconName>> = {
  [TaskState.AWAITING_EVIDENCE]: 'image',
  [TaskState.REPORTED]: 'inbox',
  [TaskState.FILED]: 'folder',
  [TaskState.DISPATCHED]: 'send',
  [TaskState.HANDED_BACK]: 'undo',
  [TaskState.HANDLING]: 'wrench',
  [TaskState.VERIFYING]: 'eye',
  [TaskState.REWORK]: 'retry',
  [TaskState.SHELVED]: 'pause',
  [TaskState.CLOSED]: 'check-all',
  [TaskState.REJECTED]: 'slash',
  [TaskState.MERGED]: 'merge',
  [TaskState.VOID]: 'stop',
}

export function isTaskState(value: string): value is TaskState {
  return value in TASK_STATE_ICON
}
