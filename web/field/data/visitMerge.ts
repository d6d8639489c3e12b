/** Visits 现场复核: those assigned to me and my findings, as one list. Pure but for the language. */
import { OpKind, type SiteFinding, SiteFindingLabel, VISIT_REASONS, type VisitKind, VisitKindLabel } from '@shared/contract/vocabulary'
import type { AssignedVisit } from '@shared/api/types'
import { localityWords } from '@shared/geo/locality'
import { inWords, labelOf } from '@shared/i18n/language'

import { isOpen } from '../core/model/rules'
import { type ItemState, itemState, itemTrouble } from './queueWords'
import type { OpRow, PhotoRow } from '../core/model/rows'

/** The finding of this phone, on its way to the server or there. */
export interface OwnVisit {
  readonly id: string
  readonly op: OpRow
  readonly photos: readonly PhotoRow[]
  readonly state: ItemState
  readonly trouble: string | null
}

export interface MyVisits {
  /** To be looked at, the most urgent first. */
  readonly todo: readonly AssignedVisit[]
  /** Looked at, the newest first. */
  readonly done: readonly OwnVisit[]
}

/** Not refused: the visit waits for nobody any more. */
const counts = (op: OpRow): boolean => isOpen(op) || op.state === 'accepted'

export function mergeVisits(visits: readonly AssignedVisit[], ops: readonly OpRow[], photos: readonly PhotoRow[]): MyVisits {
  const mine = ops.filter((op) => op.kind === OpKind.VISIT_RECORD).sort((a, b) => b.made_at - a.made_at)
  const answered = new Set(mine.filter(counts).map((op) => op.entity_id))
  return {
    todo: visits.filter((one) => !answered.has(one.id)).sort((a, b) => (a.due_at < b.due_at ? -1 : 1)),
    done: mine.map((op) => {
      const own = photos.filter((photo) => photo.op_id === op.op_id)
      return { id: op.entity_id, op, photos: own, state: itemState(op, own), trouble: itemTrouble(op, own) }
    }),
  }
}

/** Where to go, from the large to the small. */
export const whereOf = (visit: AssignedVisit): string =>
  [visit.street || visit.community ? localityWords(visit) : visit.district_name, visit.point?.name, visit.shop?.name, visit.address].filter(Boolean).join(' · ')

/** What the finding of an own visit says, after the visit itself has left the phone. */
export const foundWords = (own: OwnVisit): string => own.op.about?.said || labelOf(SiteFindingLabel, own.op.content.data.finding as SiteFinding)

/** 问题属实, 问题仍在…: what a finding means for this visit. */
export function findingWords(visit: { readonly kind: VisitKind } | null, finding: SiteFinding): string {
  const label = visit ? VISIT_REASONS[`${visit.kind}_${finding}`] : undefined
  // "核查:问题仍在": which check it is stands in the title already.
  return label ? inWords({ zh: label.zh.replace(/^.*：/, ''), en: label.en }) : labelOf(SiteFindingLabel, finding)
}

/** 井盖缺失 20261122-000012: what the own list says of it later. */
export const aboutOf = (visit: AssignedVisit): string => `${labelOf(VisitKindLabel, visit.kind)} ${visit.category_name} ${visit.number}`
