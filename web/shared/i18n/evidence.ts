/** 证据要求 in words: what the codes of a category ask for, in the reader's language. Pure. */
import { EVIDENCE_TO_CLOSE, EVIDENCE_TO_OPEN, type Label } from '../contract/vocabulary'
import { inWords, say } from './language'

/** `D+B` names two profiles; a code that is not known is shown as it is. */
function described(profile: string, texts: Readonly<Record<string, Label>>): string {
  const parts = profile.split('+').map((code) => (texts[code] ? inWords(texts[code]) : code))
  return parts.join(say('；', '; '))
}

export const describeOpen = (profile: string): string => described(profile, EVIDENCE_TO_OPEN)

export const describeClose = (profile: string): string => described(profile, EVIDENCE_TO_CLOSE)
