import { describe, expect, it } from 'vitest'

import { placeWords } from './place'

const NOWHERE = { district_name: null, street: null, community: null, point: null, shop: null, address: null }

describe('a place in words', () => {
  it('prefers the shop or point and the address', () => {
    const shop = { ...NOWHERE, district_name: '茅箭区', shop: { name: '李记面馆' }, address: '人民北路 12 号' }
    expect(placeWords(shop)).toBe('茅箭区 · 李记面馆 · 人民北路 12 号')
  })
  it('names the community, and says what is presumed or undecided', () => {
    const near = { ...NOWHERE, district_name: '茅箭区', street: '五堰街道', community: '朝阳路社区', address: '朝阳路 12 号' }
    expect(placeWords({ ...near, locality_basis: 'presumed' })).toBe('茅箭区 · 朝阳路社区（推定） · 朝阳路 12 号')
    expect(placeWords({ ...near, locality_basis: 'outline' })).toBe('茅箭区 · 朝阳路社区 · 朝阳路 12 号')
    expect(placeWords({ ...NOWHERE, district_name: '茅箭区', locality_basis: 'undecided' })).toBe('茅箭区 · 属地未定')
  })
  it('falls back to the street, never to a code', () => {
    const locality = { ...NOWHERE, district_name: '张湾区', community: '420303001002', street: '红卫街道' }
    expect(placeWords(locality)).toBe('张湾区 · 红卫街道')
  })
  it('says so when nothing is known', () => {
    expect(placeWords(NOWHERE)).toBe('位置待补')
  })
})
