import { describe, expect, it } from 'vitest'

import { draftOf, entryOf, FORMS, missing, spoken } from './forms'

const names = { district: () => '茅箭区', point: () => null, unit: (id: string) => (id === 'u1' ? '五堰街道办' : null), street: () => '五堰街道', community: () => null }

describe('a form of a register', () => {
  it('writes back what it read', () => {
    const shown = { name: '老王', role: 'handler', code: null, login: 'wang', district: { code: 'maojian', name: '茅箭区' }, unit: { id: 'u1', name: '五堰街道办' }, active: true }
    const fields = FORMS.people!
    expect(entryOf(fields, draftOf(fields, shown))).toEqual({
      name: '老王', role: 'handler', code: null, login: 'wang', district: 'maojian', unit_id: 'u1', trusted: false, active: true,
    })
  })
  it('sends numbers as numbers, duties as a list and nothing as null', () => {
    const fields = FORMS.shops!
    const draft = { ...draftOf(fields, null), name: ' 面馆 ', plate_code: 'S1', lon: '110.79', duties: '包卫生、包秩序,' }
    expect(entryOf(fields, draft)).toMatchObject({ name: '面馆', lon: 110.79, lat: null, duties: ['包卫生', '包秩序'], active: true })
  })
  it('names what has to be filled in', () => {
    const fields = FORMS.units!
    expect(missing(fields, { ...draftOf(fields, null), name: '三堰街道办' }, true).map((one) => one.name)).toEqual(['code', 'kind'])
  })
  it('keeps the code of a category out of what is written', () => {
    const fields = FORMS.categories!
    expect(entryOf(fields, draftOf(fields, { code: 'GG0101' }))).not.toHaveProperty('code')
  })
})

describe('the history', () => {
  it('calls things by their names', () => {
    expect(spoken('people', 'unit_id', 'u1', names)).toBe('五堰街道办')
    expect(spoken('people', 'role', 'handler', names)).toBe('处置人员')
    expect(spoken('people', 'active', false, names)).toBe('停用')
    expect(spoken('units', 'district', null, names)).toBe('全市')
    expect(spoken('points', 'district', null, names)).toBe('（空）')
    expect(spoken('points', 'street', '420302001', names)).toBe('五堰街道')
    expect(spoken('points', 'community', '420302001001', names)).toBe('420302001001')
    expect(spoken('categories', 'evidence_close', 'b', names)).toContain('另一人核查')
  })
})
