/** What a rescue's answer means for the person who brought it in; pure. */
import { Rescued } from '@shared/contract/vocabulary'
import { say } from '@shared/i18n/language'

import type { RescueAnswer, RescuedPhoto } from '../../api/types'

/** The most the server takes. */
export const MOST_BYTES = 1024 ** 3

export type Tone = 'good' | 'known' | 'warn' | 'bad'

const TONES: Readonly<Record<Rescued, Tone>> = {
  [Rescued.ACCEPTED]: 'good',
  [Rescued.STORED]: 'good',
  [Rescued.DUPLICATE]: 'known',
  [Rescued.QUARANTINED]: 'warn',
  [Rescued.CONFLICT]: 'warn',
  [Rescued.DEFERRED]: 'warn',
  [Rescued.UNAVAILABLE]: 'warn',
  [Rescued.REFUSED]: 'bad',
  [Rescued.REJECTED]: 'bad',
  [Rescued.DAMAGED]: 'bad',
  [Rescued.MISSING]: 'bad',
}

/** How loudly a fate is said; a newer server's word is worth a look. */
export const toneOf = (status: Rescued): Tone => TONES[status] ?? 'warn'

export const needsLook = ({ status }: { readonly status: Rescued }): boolean => toneOf(status) === 'warn' || toneOf(status) === 'bad'

/** The photos of one op: how many are in the store, of how many. */
export function photosOf(answer: RescueAnswer, opId: unknown): { readonly here: number; readonly of: number } {
  // An op that could not be read has no id, and no photo is its own.
  const own = typeof opId === 'string' ? answer.photos.filter((photo) => photo.op_id === opId) : []
  return { here: own.filter(isHere).length, of: own.length }
}

const isHere = ({ status }: RescuedPhoto): boolean => status === Rescued.STORED || status === Rescued.DUPLICATE

export interface Verdict {
  readonly tone: Tone
  readonly title: string
  readonly advice: string
}

/** The answer in one sentence, and what to do now. */
export function verdictOf(answer: RescueAnswer): Verdict {
  const all = [...answer.ops, ...answer.photos, ...answer.drafts, ...answer.files]
  const has = (status: Rescued): boolean => all.some((one) => one.status === status)
  const again = answer.again
    ? say('这个文件以前导入过。', 'This file was imported before. ')
    : ''
  if (has(Rescued.UNAVAILABLE)) {
    return {
      tone: 'warn',
      title: say('还没有全部导入：照片存储暂时不可用', 'Not all is in yet: the photo store cannot be reached'),
      advice: say('已导入的不会丢失。稍后把同一个文件再导入一次即可。', 'Nothing that is in is lost. Import the same file again later.'),
    }
  }
  if (all.some(needsLook)) {
    return {
      tone: 'warn',
      title: again + say('已导入，有几项需要您看一下', 'Imported; some entries need a look'),
      advice: say(
        '下面标出的各项没有生效或待核对，其余都已入库。请保留原文件，处理完再让对方清除手机。',
        'The entries marked below did not take effect or wait for a person; all else is in. Keep the file until they are dealt with.',
      ),
    }
  }
  if (!answer.changed) {
    return {
      tone: 'known',
      title: again + say('没有新内容：包里的都已在服务器上', 'Nothing new: all of it is on the server already'),
      advice: say('没有任何改动。可以告诉对方已经收齐。', 'Nothing was changed. Tell its author that all is here.'),
    }
  }
  return {
    tone: 'good',
    title: again + say('全部导入成功', 'All of it is in'),
    advice: say('可以告诉对方已经收齐；手机以后再上传也不会重复。', 'Tell its author that all is here. If the phone sends later, nothing is doubled.'),
  }
}
