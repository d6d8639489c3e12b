import { describe, expect, it } from 'vitest'

import type { MoveForm } from '@shared/api/types'

import { asRequest, inOrder, lacks, lacksWords, wishFor, type Wish } from './moveForm'

const dispatch: MoveForm = { move: 'dispatch', label: '派遣', needs: ['unit'], reasons: [], decisions: [] }
const fail: MoveForm = { move: 'fail', label: '核查不通过', needs: ['reason'], reasons: [], decisions: [] }
const submit: MoveForm = { move: 'submit', label: '提交', needs: ['close_evidence'], reasons: [], decisions: [] }

const wish = (form: MoveForm, some: Partial<Wish> = {}): Wish => ({
  ...wishFor(form),
  ...some,
})

describe('a move being asked for', () => {
  it('says why in words where no reason of the list fits', () => {
    expect(lacksWords('other', ' ')).toBe(true)
    expect(lacksWords('other', '已电话告知')).toBe(false)
    expect(lacksWords('not_ours', '')).toBe(false)
  })
  it('stands where one reaches for it, the way ahead first and the end last', () => {
    const form = (move: MoveForm['move']): MoveForm => ({ move, label: '', needs: [], reasons: [], decisions: [] })
    const order = inOrder([form('void'), form('hand_back'), form('reject'), form('file')])
    expect(order.map((one) => one.move)).toEqual(['file', 'reject', 'hand_back', 'void'])
  })
  it('names what it still lacks', () => {
    expect(lacks(wish(dispatch), 0)).toEqual(['unit'])
    expect(lacks(wish(dispatch, { unitId: 'u1' }), 0)).toEqual([])
    expect(lacks(wish(fail), 0)).toEqual(['reason'])
    expect(lacks(wish(submit), 0)).toEqual(['close_evidence'])
    expect(lacks(wish(submit), 1)).toEqual([])
  })
  it('asks for a reason only of the decision that needs one', () => {
    const decide: MoveForm = {
      move: 'decide_extension',
      label: '审批延期',
      needs: ['decision'],
      reasons: [],
      decisions: [
        { decision: 'approve', needs: ['decision'] },
        { decision: 'refuse', needs: ['decision', 'reason'] },
      ],
    }
    expect(lacks(wish(decide), 0)).toEqual(['decision'])
    expect(lacks(wish(decide, { decision: 'approve' }), 0)).toEqual([])
    expect(lacks(wish(decide, { decision: 'refuse', reason: '  ' }), 0)).toEqual(['reason'])
    expect(asRequest(wish(decide, { decision: 'refuse', reason: '可按期' }), 'm', 2, [])).toEqual({
      move_id: 'm',
      move: 'decide_extension',
      version: 2,
      decision: 'refuse',
      reason: '可按期',
    })
  })
  it('sends nothing that was not said', () => {
    expect(asRequest(wish(fail, { reason: 'not_fixed', note: '  ' }), 'm1', 7, [])).toEqual({
      move_id: 'm1',
      move: 'fail',
      version: 7,
      reason: 'not_fixed',
    })
    expect(asRequest(wish(dispatch, { unitId: 'u1', note: '尽快' }), 'm2', 1, [])).toEqual({
      move_id: 'm2',
      move: 'dispatch',
      version: 1,
      unit_id: 'u1',
      note: '尽快',
    })
  })
})
