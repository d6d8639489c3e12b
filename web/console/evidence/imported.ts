/** 由管理员导入: how the desk says that something came by a rescue zip, not from its phone. */
import { exactTime } from '@shared/times'
import type { Imported } from '@shared/wire'
import { say } from '@shared/words'

export function importedWords({ by, at }: Imported): string {
  const name = by ? ` ${by.name}` : ''
  return say(`由管理员${name}导入 ${exactTime(at)}`, `imported by administrator${name} ${exactTime(at)}`)
}
