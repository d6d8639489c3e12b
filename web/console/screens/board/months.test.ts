import { describe, expect, it } from 'vitest'

import { choices, COLUMNS, listBehind, MONTHS, monthOf, readMonth, shifted } from './months'

const SPAN = { from: '2026-11-01', to: '2026-11-30' }

describe('the month of the board', () => {
  it('is that of the city, eight hours ahead of Greenwich', () => {
    expect(monthOf(new Date('2026-11-30T15:59:59Z'))).toBe('2026-11')
    expect(monthOf(new Date('2026-11-30T16:00:00Z'))).toBe('2026-12')
  })
  it.each([
    ['2026-11', 1, '2026-12'],
    ['2026-12', 1, '2027-01'],
    ['2026-01', -1, '2025-12'],
    ['2026-03', -14, '2025-01'],
  ])('%s moved by %i months is %s', (month, by, there) => {
    expect(shifted(month, by)).toBe(there)
  })
  it('is read from the address only where it is one', () => {
    expect(readMonth({ month: '2026-02' })).toBe('2026-02')
    for (const month of ['2026-13', '2026-2', 'x', '2026-02-01', '']) expect(readMonth({ month })).toBeNull()
    expect(readMonth({})).toBeNull()
  })
  it('is chosen from three years, and an older one that was asked for is among them', () => {
    const now = new Date('2026-11-30T04:00:00Z')
    expect(choices(now, '2026-11')).toHaveLength(MONTHS)
    expect(choices(now, '2026-11')[0]).toBe('2026-11')
    expect(choices(now, '2020-05').at(-1)).toBe('2020-05')
  })
})

describe('the list behind a number of a month', () => {
  it('is of the days of the month, by the moment that is counted', () => {
    const filters = listBehind('closed', 'district', 'maojian', SPAN)
    expect(filters).toMatchObject({ dated: 'ended', measure: 'closed', districts: ['maojian'], unit: '', ...SPAN })
    expect(listBehind('received', 'unit', 'u1', SPAN)).toMatchObject({ dated: 'opened', measure: 'received', unit: 'u1' })
    expect(listBehind('filed', 'district', null, SPAN)).toMatchObject({ districts: [], unit: '' })
  })
  it('is not there where no filter says it', () => {
    expect(listBehind('due', 'district', 'maojian', SPAN)).toBeNull()
    expect(listBehind('overdue', 'district', 'maojian', SPAN)).toBeNull()
    expect(listBehind('received', 'unit', '-', SPAN)).toBeNull()
    expect(listBehind('received', 'district', '-', SPAN)).toMatchObject({ districts: ['-'] })
  })
  it('has a rate only of a count beside it', () => {
    const names = COLUMNS.map((column) => column.name)
    for (const column of COLUMNS) if (column.rate) expect(names).toContain(column.rate.of)
  })
})
