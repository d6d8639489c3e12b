import { describe, expect, it } from 'vitest'

import { Move } from '@shared/contract/vocabulary'

import { isCommand, MOVE_KEYS, moveOf, OTHER_KEYS, reasonPlace } from './keys'

const pressed = (target: unknown, mods = {}) => ({
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: target as EventTarget,
  ...mods,
})

describe('keys of the review', () => {
  it('mean only moves that are allowed now', () => {
    expect(moveOf('a', [Move.PASS, Move.FAIL])).toBe(Move.PASS)
    expect(moveOf('A', [Move.ACCEPT, Move.HAND_BACK])).toBe(Move.ACCEPT)
    expect(moveOf('f', [Move.PASS])).toBeNull()
  })
  it('are never shared by two moves that can be allowed together', () => {
    const together = [
      [Move.FILE, Move.REJECT, Move.VOID],
      [Move.PASS, Move.FAIL, Move.VOID],
      [Move.ACCEPT, Move.HAND_BACK],
      [Move.DISPATCH, Move.VOID],
      [Move.PROCEED, Move.VOID],
    ]
    for (const moves of together) {
      expect(new Set(moves.map((move) => MOVE_KEYS[move])).size).toBe(moves.length)
    }
  })
  it('leave next, previous and undo alone', () => {
    expect(Object.values(MOVE_KEYS).filter((key) => key in OTHER_KEYS)).toEqual([])
  })
  it('stay text while one types', () => {
    expect(isCommand(pressed({ tagName: 'TEXTAREA' }))).toBe(false)
    expect(isCommand(pressed({ tagName: 'INPUT', type: 'text' }))).toBe(false)
    expect(isCommand(pressed({ tagName: 'INPUT', type: 'radio' }))).toBe(true)
    expect(isCommand(pressed({ tagName: 'BUTTON' }))).toBe(true)
  })
  it('stay the browser’s with Ctrl', () => {
    expect(isCommand(pressed({ tagName: 'BODY' }, { ctrlKey: true }))).toBe(false)
  })
  it('count reasons from one', () => {
    expect(reasonPlace('1')).toBe(0)
    expect(reasonPlace('9')).toBe(8)
    expect(reasonPlace('0')).toBeNull()
    expect(reasonPlace('a')).toBeNull()
  })
})
