import { describe, expect, it } from 'vitest'

import { placeWords } from './place'

const NOWHERE = { district_name: null, street: null, community: null, point: null, shop: null, address: null }

describe('a place in words', () => {
  it('prefers the shop or point and the address', () => {
    const shop = { ...NOWHERE, district_name: '茅箭区', shop: { name: '李记面馆' }, address: '人民北路 12 号' }
    expect(placeWords(shop)).toBe('茅箭区 · 李记面馆 · 人民北路 12 号')
  })
  it('falls back to the community, never to a code', () => {
    const area = { ...NOWHERE, district_name: '张湾区', community: '420303001002', street: '红卫街道' }
    expect(placeWords(area)).toBe('张湾区 · 红卫街道')
  })
  it('says so when nothing is known', () => {
    expect(placeWords(NOWHERE)).toBe('位置待补')
  })
})
