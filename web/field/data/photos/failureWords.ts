/** Why something of a draft was not kept, in words a person can act on. Pure but for the language. */
import { MAX_PHOTOS } from '@shared/contract/vocabulary'
import { say } from '@shared/i18n/language'

import { StorageFull } from '../../core/store/database'
import { DraftChanged, SavedElsewhere } from '../../core/store/draftWrites'
import { TooManyPhotos } from './useDraftPhotos'
import { type Flaw, NotAPicture } from '@shared/photos/shrink'

function flawWords(flaw: Flaw): string {
  switch (flaw) {
    case 'heic':
      return say(
        '这张是 HEIC 格式，此浏览器读不了。请用圆钮直接拍，或在手机相机设置里改成“兼容性最佳（JPEG）”再选。',
        'This is a HEIC file, which this browser cannot read. Take it with the round button, or set the camera to JPEG.',
      )
    case 'blank':
      return say('这张照片是全黑或空白的，没有保存。请重拍一张。', 'This photo is black or empty and was not kept. Please take it again.')
    case 'unreadable':
      return say('这个文件已损坏或不是照片，没有保存。请重拍，或另选 JPEG、PNG。', 'This file is damaged or no photo and was not kept: take it again, or choose a JPEG or PNG.')
  }
}

/** One sentence; what nobody foresaw is also written to the console. */
export function failureWords(error: unknown): string {
  if (error instanceof NotAPicture) return flawWords(error.flaw)
  if (error instanceof StorageFull) {
    return say(
      '手机空间不足，这次没有保存。请先联网上传，或清理手机空间。',
      'The phone has no room left and did not keep it. Upload first, or free some space.',
    )
  }
  if (error instanceof SavedElsewhere) return say('这一步已在另一个页面保存，没有重复。', 'Another page has saved this already; it is not doubled.')
  if (error instanceof DraftChanged) {
    return say('另一个页面往这里加了内容，已经载入。请看过再保存。', 'Another page added something, it is shown now. Look at it, then save.')
  }
  if (error instanceof TooManyPhotos) {
    return say(
      `一条记录最多 ${MAX_PHOTOS} 张照片，多选的 ${error.left} 张没有加入。`,
      `A record holds ${MAX_PHOTOS} photos; ${error.left} of those chosen were not added.`,
    )
  }
  console.error('capture', error)
  return say('没有保存成功，请重试。', 'It was not saved, please try again.')
}
