/** Why a photograph cannot be shown, in words; null when it can. Pure. */
import { DerivativeState, PhotoState } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'
import { problemSentence, type Problem } from '@shared/api/problem'

export interface Condition {
  readonly kind: 'missing' | 'refused' | 'coming' | 'broken'
  readonly label: Label
}

interface Shown {
  readonly state: string
  readonly derivative: string
  readonly problem?: Problem | null
}

const MISSING: Readonly<Record<string, Label>> = {
  [PhotoState.DECLARED]: { zh: '照片未上传', en: 'Photo not sent yet' },
  [PhotoState.PARTIAL]: { zh: '照片未传完', en: 'Photo only partly received' },
}

/** A photo is shown only when its bytes are stored and its review copy is made. */
export function conditionOf(photo: Shown): Condition | null {
  const missing = MISSING[photo.state]
  if (missing) return { kind: 'missing', label: missing }
  if (photo.state === PhotoState.REJECTED) return { kind: 'refused', label: refusal(photo.problem) }
  if (photo.derivative === DerivativeState.FAILED) {
    return { kind: 'broken', label: { zh: '审阅件生成失败，原件已封存', en: 'Review copy failed; the original is kept' } }
  }
  if (photo.derivative === DerivativeState.PENDING) {
    return { kind: 'coming', label: { zh: '审阅件生成中', en: 'Review copy in the making' } }
  }
  return null
}

function refusal(problem: Problem | null | undefined): Label {
  if (!problem) return { zh: '照片被拒收', en: 'Photo refused' }
  const why = problemSentence(problem)
  return { zh: `照片被拒收：${why}`, en: `Photo refused: ${why}` }
}
