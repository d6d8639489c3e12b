import { describe, expect, it } from 'vitest'

import { matches, REGISTERS, type Names } from './columns'

const names: Names = {
  district: (code) => (code === 'maojian' ? '茅箭区' : null),
  point: (id) => (id === 'p1' ? '人民商场' : null),
  unit: () => null,
  street: () => null,
  community: () => null,
}

const register = (name: string) => REGISTERS.find((one) => one.name === name)!
const shown = (name: string, entry: Record<string, unknown>) =>
  register(name).columns.map((column) => column.value(entry, names))

describe('a register', () => {
  it('says roles and scopes in words', () => {
    const person = {
      name: '李科',
      login: 'like',
      role: 'supervisor',
      scope: { level: 'district', id: 'maojian', name: '茅箭区' },
      unit: null,
    }
    expect(shown('people', person)).toEqual(['李科', '—', 'like', '督查员', '城区 · 茅箭区', '—'])
  })
  it('names the district of who sees only the own records, and a unit once', () => {
    const observer = { name: '小陈', role: 'observer', scope: { level: 'self', id: 'p', name: '小陈' }, district: { code: 'maojian', name: '茅箭区' }, unit: null }
    expect(shown('people', observer)[4]).toBe('本人 · 茅箭区')
    const handler = { name: '老王', role: 'handler', scope: { level: 'unit', id: 'u', name: '城管局' }, unit: { name: '城管局' } }
    expect(shown('people', handler).slice(4)).toEqual(['本单位', '城管局'])
  })
  it('says limits in their unit', () => {
    const category = { code: 'GG0101', name_zh: '井盖缺失', severity: 1, limit_value: 2, limit_unit: 'continuous_hours' }
    expect(shown('categories', category)).toContain('2 紧急工作时')
    expect(shown('categories', category)).toContain('危险')
  })
  it('says what evidence a category asks for, not its letters', () => {
    const category = { code: 'GG0101', name_zh: '井盖缺失', evidence_open: 'D+B', evidence_close: 'b' }
    const [opens, closes] = shown('categories', category).slice(-2)
    expect(opens).toContain('已电话报告、已围护')
    expect(opens).toContain('权属标识')
    expect(closes).toContain('另一人核查')
    expect(`${opens}${closes}`).not.toMatch(/[A-Fa-f]\b/)
  })
  it('names districts and points, and keeps a code it cannot name', () => {
    const pairing = { unit: { name: '市卫健委' }, point_id: 'p1', starts_on: '2026-01-01', ends_on: null }
    expect(shown('pairings', pairing)).toEqual(['市卫健委', '人民商场', '2026-01-01', '长期'])
    expect(shown('pairings', { ...pairing, point_id: null, street: '420302004' })[1]).toBe('街道 420302004')
    expect(shown('units', { code: 'U1', name: 'x', kind: 'y', district: 'maojian' })[3]).toBe('茅箭区')
    expect(shown('units', { code: 'U1', name: 'x', kind: 'y', district: null })[3]).toBe('全市')
    expect(shown('points', { code: 'P1', name: 'x', type: 'y', district: null })[3]).toBe('—')
  })
  it('is searched in what it shows', () => {
    const unit = { code: 'U01', name: '市城管执法局', kind: '职能部门', district: null }
    expect(matches(unit, register('units'), '城管', names)).toBe(true)
    expect(matches(unit, register('units'), 'u01', names)).toBe(true)
    expect(matches(unit, register('units'), '消防', names)).toBe(false)
    expect(matches(unit, register('units'), '  ', names)).toBe(true)
  })
})
