/** What an import's report means, and its faults as a table; pure. */
import { BLANKS, IGNORED } from '@shared/contract/vocabulary'
import type { Label } from '@shared/contract/vocabulary'

import type { ImportLine, ImportReport } from '../../api/registers'

export const MOST_BYTES = 16 * 1024 ** 2

/** How far it is, in words. */
export function stepWords(line: ImportLine | null): Label {
  if (line === null || line.step === 'done' || line.step === 'failed') return { zh: '已传到服务器，正在读取…', en: 'Handed over; reading…' }
  const words = {
    reading: { zh: '已读取', en: 'Read' },
    checking: { zh: '已核对', en: 'Checked' },
    writing: { zh: '已处理', en: 'Written' },
  }[line.step]
  return { zh: `${words.zh} ${line.rows} 行…`, en: `${words.en} ${line.rows} rows…` }
}

export interface Verdict {
  readonly tone: 'good' | 'known' | 'warn'
  readonly words: Label
}

/** The report in one sentence. */
export function verdictOf(report: ImportReport): Verdict {
  const { rows, added, changed, same, bad, written } = report
  const counted = {
    zh: `共 ${rows} 行：新增 ${added}，修改 ${changed}，不变 ${same}，有误 ${bad}。`,
    en: `${rows} rows: ${added} new, ${changed} changed, ${same} the same, ${bad} wrong. `,
  }
  const sentence = (zh: string, en: string): Label => ({ zh: counted.zh + zh, en: counted.en + en })
  if (written && bad > 0) return { tone: 'warn', words: sentence('正确的行已写入；改好有误的行再导入一次即可。', 'The good rows are written; mend the others and bring the table in again.') }
  if (written) return { tone: 'good', words: sentence('已写入。', 'Written.') }
  if (bad > 0) return { tone: 'warn', words: sentence('还没有写入任何内容。', 'Nothing is written yet.') }
  if (added + changed === 0) return { tone: 'known', words: sentence('与名册一致，没有要写入的。', 'The register says so already.') }
  if (report.doubts.length > 0) return { tone: 'warn', words: sentence('可以写入；请先看下面可能重复的行。', 'Ready to be written; look first at the rows below that may be double.') }
  return { tone: 'good', words: sentence('可以写入。', 'Ready to be written.') }
}

/** Which sheet of a workbook was read; null when there was no other one. */
export function sheetWords(report: ImportReport): Label | null {
  if (report.sheet === null || report.other_sheets.length === 0) return null
  return {
    zh: `读取的是工作表“${report.sheet}”；没有读取：${report.other_sheets.join('、')}。`,
    en: `Read: sheet “${report.sheet}”. Not read: ${report.other_sheets.join(', ')}.`,
  }
}

// What a spreadsheet takes for a formula, as in inspect_server/core/spreadsheet.py.
const FORMULA = new RegExp(`^(?:[\\t\\r\\n]|[${BLANKS}${IGNORED}]*[=+\\-@＝＋－＠﹦﹢﹣﹫])`, 'u')

const cell = (value: string | number): string => {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The wrong rows as a table for those who mend them, with the mark by which Excel knows UTF-8. */
export function faultTable(report: ImportReport): string {
  const lines = [['行', '列', '怎么改'], ...report.faults.map((fault) => [fault.row, fault.column, fault.detail])]
  return `\uFEFF${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`
}
