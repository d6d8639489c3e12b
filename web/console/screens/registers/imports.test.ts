import { describe, expect, it } from 'vitest'

import { faultTable, sheetWords, stepWords, verdictOf } from './imports'

const report = { rows: 5, added: 3, changed: 0, same: 1, bad: 1, written: false, unknown_columns: [], sheet: null, other_sheets: [], doubts: [], faults: [{ row: 4, column: '=角色', detail: '应为 "观察员",或…' }] }

describe('an import', () => {
  it('says what would be, and what was', () => {
    expect(verdictOf(report).words.zh).toContain('还没有写入')
    expect(verdictOf({ ...report, bad: 0 }).tone).toBe('good')
    expect(verdictOf({ ...report, bad: 0, added: 0 }).tone).toBe('known')
    expect(verdictOf({ ...report, written: true }).tone).toBe('warn')
  })
  it('names rows that may be double before they are written', () => {
    const doubted = { ...report, bad: 0, doubts: [{ row: 4, column: '姓名', detail: '名册中已有…' }] }
    expect(verdictOf(doubted)).toMatchObject({ tone: 'warn' })
    expect(verdictOf(doubted).words.zh).toContain('可能重复')
  })
  it('names the sheet that was read where there are others', () => {
    expect(sheetWords(report)).toBeNull()
    expect(sheetWords({ ...report, sheet: '人员', other_sheets: [] })).toBeNull()
    expect(sheetWords({ ...report, sheet: '人员', other_sheets: ['点位', '草稿'] })?.zh).toBe('读取的是工作表“人员”；没有读取：点位、草稿。')
  })
  it('tells how far it is', () => {
    expect(stepWords({ step: 'writing', rows: 2000 }).zh).toContain('2000')
    expect(stepWords(null).zh).toContain('读取')
  })
  it.each(['=1', '＝1', '＋1', '－1', '＠x', '﹦1', ' =1', '\u200b＝1', '\n=1'])('escapes %j', (column) => {
    const faults = [{ row: 4, column, detail: '' }]
    expect(faultTable({ ...report, faults })).toContain(`'${column}`)
  })
  it('lists the wrong rows so that a spreadsheet calculates nothing', () => {
    expect(faultTable(report)).toBe('\uFEFF行,列,怎么改\r\n4,\'=角色,"应为 ""观察员"",或…"\r\n')
  })
})
