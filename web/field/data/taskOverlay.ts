/** A task as its handler sees it: the server's copy with the own moves that are still on their way. Pure. */
import { HANDLER_FLOW, type Move, OpKind, TaskState } from '@shared/contract/vocabulary'
import type { Task } from '@shared/api/types'

import { isOpen, isUnproven, photoNeedsPerson, toFollow, versionLeft } from '../core/model/rules'
import type { OpRow, PhotoRow } from '../core/model/rows'

export interface OwnMove {
  readonly op: OpRow
  readonly move: Move
  /** open: not delivered · photos: delivered, photos on their way · told: delivered, our copy is older · refused */
  readonly state: 'open' | 'photos' | 'told' | 'refused'
}

export interface TaskView {
  readonly task: Task
  /** Where the task stands once the own moves have arrived. */
  readonly state: TaskState
  readonly moves: readonly Move[]
  /** The version the next move must name, and the own moves it must come after. */
  readonly version: number
  readonly after: readonly string[]
  readonly own: readonly OwnMove[]
}

function ownMove(op: OpRow, photos: readonly PhotoRow[], copy: Task): OwnMove | null {
  const move = op.content.data.move as Move
  if (op.state === 'conflict' || op.state === 'quarantined') return op.acknowledged ? null : { op, move, state: 'refused' }
  if (photos.some(photoNeedsPerson)) return { op, move, state: 'refused' }
  if (isOpen(op)) return { op, move, state: 'open' }
  if (photos.some(isUnproven)) return { op, move, state: 'photos' }
  return copy.version < versionLeft(op) ? { op, move, state: 'told' } : null
}

/** The moves a handler has in a state, by the server's own table. */
export function movesFrom(state: TaskState): Move[] {
  return HANDLER_FLOW.filter((step) => step.leaves.has(state)).map((step) => step.move)
}

export function viewTask(task: Task, ops: readonly OpRow[], photos: readonly PhotoRow[]): TaskView {
  const own = ops
    .filter((op) => op.kind === OpKind.TASK_MOVE && op.entity_id === task.id)
    .sort((a, b) => a.made_at - b.made_at)
    .map((op) => ownMove(op, photos.filter((photo) => photo.op_id === op.op_id), task))
    .filter((move) => move !== null)
  const ahead = own.filter((move) => move.state === 'open' || (move.state !== 'refused' && versionLeft(move.op) > task.version))
  let state = task.state
  let version = task.version
  for (const { op, move } of ahead) {
    const step = HANDLER_FLOW.find((one) => one.move === move && one.leaves.has(state))
    if (step) state = step.reaches
    // Each step of a task raises its version by one: the next move names the version it will then have.
    version = isOpen(op) ? version + 1 : versionLeft(op)
  }
  // A move that waits for its photos gives way to the next one: no second one before it took effect.
  const waitsForPhotos =
    task.pending_move !== null || own.some(({ op, state: is }) => is === 'photos' || (is === 'open' && op.content.photos.length > 0))
  const moves = waitsForPhotos ? [] : ahead.length > 0 ? movesFrom(state) : task.moves
  return { task, state, moves, version, after: toFollow(ahead.map(({ op }) => op)), own }
}

const MINE: ReadonlySet<TaskState> = new Set([TaskState.DISPATCHED, TaskState.HANDLING, TaskState.REWORK])

/** The unit has to act on it. */
export const isToDo = (task: { readonly state: TaskState }): boolean => MINE.has(task.state)

/** Due first: mine to do by deadline, then what others look at, then the finished ones, newest first. */
export function dueFirst(views: readonly TaskView[]): { todo: TaskView[]; waiting: TaskView[]; finished: TaskView[] } {
  const due = (view: TaskView): string => view.task.due_at ?? '9'
  const todo = views.filter(isToDo).sort((a, b) => (due(a) < due(b) ? -1 : 1))
  const waiting = views.filter((view) => view.state === TaskState.VERIFYING || view.state === TaskState.SHELVED)
  const rest = views.filter((view) => !todo.includes(view) && !waiting.includes(view))
  return { todo, waiting, finished: rest.sort((a, b) => ((a.task.closed_at ?? '') < (b.task.closed_at ?? '') ? 1 : -1)) }
}
