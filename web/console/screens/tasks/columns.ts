/** The columns of the list: their widths, which may be hidden, and their names. */
import { say } from '@shared/i18n/language'

import type { ListColumn } from '../../data/filters'

const WIDTHS: readonly (readonly [string, string])[] = [
  ['picture', '58px'],
  ['what', 'minmax(188px, 1.3fr)'],
  ['where', 'minmax(160px, 1.5fr)'],
  ['unit', 'minmax(100px, 0.9fr)'],
  ['state', '108px'],
  ['limit', '92px'],
  ['opened', '104px'],
]

/** The grid of rows and headings without the hidden columns; nothing hidden is the style sheet's own. */
export function gridOf(hidden: readonly string[]): Record<string, string> {
  if (!hidden.length) return {}
  const shown = WIDTHS.filter(([name]) => !hidden.includes(name))
  return { '--case-columns': shown.map(([, width]) => width).join(' ') }
}

export function columnName(column: ListColumn): string {
  switch (column) {
    case 'picture':
      return say('照片', 'Photo')
    case 'where':
      return say('位置与说明', 'Place, note')
    case 'unit':
      return say('责任单位', 'Unit')
    case 'limit':
      return say('时限', 'Limit')
    case 'opened':
      return say('上报时间', 'Reported')
  }
}
