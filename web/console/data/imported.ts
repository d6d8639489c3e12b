/** 由管理员导入: how the console says that something came by a rescue zip, not from its phone. */
import { exactTime } from '@shared/time/format'
import type { Imported } from '@shared/api/types'
import { say } from '@shared/i18n/language'

export const importedWords = (): string => say('由管理员导入', 'Imported by an administrator')

/** By whom, to those who may know, and when. */
export function importDetails({ by, at }: Imported): string {
  return [by?.name, exactTime(at)].filter(Boolean).join(' · ')
}
