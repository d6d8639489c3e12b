/** What needs me now: each count with its words and the list that stands behind it. Pure. */
import { Measure, TaskState } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'
import type { IconName } from '@shared/ui/icons'

import { NO_FILTERS, type Filters } from '../../data/filters'

export interface Need {
  readonly name: string
  readonly label: Label
  readonly icon: IconName
  readonly tone: 'danger' | 'warning' | 'info'
  /** The list behind the number; null when it is on the quarantine screen. */
  readonly filters: Filters | null
}

const list = (some: Partial<Filters>): Filters => ({ ...NO_FILTERS, ...some })

export const NEEDS: readonly Need[] = [
  {
    name: 'reported',
    label: { zh: '待立案', en: 'To file' },
    icon: 'inbox',
    tone: 'info',
    filters: list({ states: [TaskState.REPORTED], sort: 'due' }),
  },
  {
    name: 'filed',
    label: { zh: '待派遣', en: 'To dispatch' },
    icon: 'send',
    tone: 'info',
    filters: list({ states: [TaskState.FILED], sort: 'due' }),
  },
  {
    name: 'verifying',
    label: { zh: '待核查', en: 'To verify' },
    icon: 'eye',
    tone: 'info',
    filters: list({ states: [TaskState.VERIFYING] }),
  },
  {
    name: 'unassigned',
    label: { zh: '待指派', en: 'No unit found' },
    icon: 'hand',
    tone: 'warning',
    filters: list({ measure: Measure.UNASSIGNED }),
  },
  {
    name: 'locality_undecided',
    label: { zh: '属地未定', en: 'Locality undecided' },
    icon: 'pin',
    tone: 'warning',
    filters: list({ measure: Measure.LOCALITY_UNDECIDED }),
  },
  {
    name: 'handed_back',
    label: { zh: '退回', en: 'Handed back' },
    icon: 'undo',
    tone: 'warning',
    filters: list({ states: [TaskState.HANDED_BACK] }),
  },
  {
    name: 'due_soon',
    label: { zh: '即将超期', en: 'Due soon' },
    icon: 'clock',
    tone: 'warning',
    filters: list({ measure: Measure.DUE_SOON, sort: 'due' }),
  },
  {
    name: 'overdue',
    label: { zh: '已超期', en: 'Overdue' },
    icon: 'flag',
    tone: 'danger',
    filters: list({ overdue: true, sort: 'due' }),
  },
  {
    name: 'awaiting_danger',
    label: { zh: '危险待证据', en: 'Danger, no photo' },
    icon: 'alert',
    tone: 'danger',
    filters: list({ states: [TaskState.AWAITING_EVIDENCE], severity: '1' }),
  },
  {
    name: 'extension_pending',
    label: { zh: '延期申请待审批', en: 'Extensions' },
    icon: 'clock',
    tone: 'info',
    filters: list({ measure: Measure.EXTENSION_PENDING, sort: 'due' }),
  },
  {
    name: 'appeal_pending',
    label: { zh: '申诉待处理', en: 'Appeals' },
    icon: 'hand',
    tone: 'info',
    filters: list({ measure: Measure.APPEAL_PENDING }),
  },
  {
    name: 'quarantined',
    label: { zh: '隔离区', en: 'Quarantine' },
    icon: 'shield',
    tone: 'warning',
    filters: null,
  },
]
