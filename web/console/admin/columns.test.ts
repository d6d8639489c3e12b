import { describe, expect, it } from 'vitest'

import { matches, REGISTERS } from './columns'

const register = (name: string) => REGISTERS.find((one) => one.name === name)!
const shown = (name: string, entry: Record<string, unknown>) =>
  register(name).columns.map((column) => column.value(entry))

describe('a register', () => {
  it('says roles and scopes in words', () => {
    const person = {
      name: '李科',
      login: 'like',
      role: 'supervisor',
      scope: { level: 'district', id: 'maojian', name: '茅箭区' },
      unit: null,
    }
    expect(shown('people', person)).toEqual(['李科', 'like', '督查员', '城区 · 茅箭区', '—'])
  })
  it('says limits in their unit', () => {
    const category = { code: 'GG0101', name_zh: '井盖缺失', severity: 1, limit_value: 2, limit_unit: 'continuous_hours' }
    expect(shown('categories', category)).toContain('2 紧急工作时')
    expect(shown('categories', category)).toContain('危险')
  })
  it('is searched in what it shows', () => {
    const unit = { code: 'U01', name: '市城管执法局', kind: '职能部门', district: null }
    expect(matches(unit, register('units'), '城管')).toBe(true)
    expect(matches(unit, register('units'), 'u01')).toBe(true)
    expect(matches(unit, register('units'), '消防')).toBe(false)
    expect(matches(unit, register('units'), '  ')).toBe(true)
  })
})
