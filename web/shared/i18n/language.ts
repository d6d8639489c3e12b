/** Words people read: the language in force and the label of every word of the contract. */
import { ref } from 'vue'

import type { Label } from '../contract/vocabulary'

export type Language = 'zh' | 'en'

const KEPT_AS = 'inspect-language'

function storedLanguage(): Language {
  try {
    return localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh' // storage refused (private mode): Chinese first
  }
}

/** Reading it inside a render function or `computed` makes the screen follow the switch. */
export const language = ref<Language>(storedLanguage())
nameOnPage()

/** The language in force as documents and requests name it. */
export function pageLanguage(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en'
}

/** What the page says of itself: read by screen readers, and by style sheets that give English more width. */
function nameOnPage(): void {
  if (typeof document !== 'undefined') document.documentElement.lang = pageLanguage()
}

export function speak(chosen: Language): void {
  language.value = chosen
  nameOnPage()
  try {
    localStorage.setItem(KEPT_AS, chosen)
  } catch {
    // Not kept for the next visit; nothing else depends on it.
  }
}

/** Both forms of a sentence where it is used: `say('保存', 'Save')`. */
export function say(zh: string, en: string): string {
  return language.value === 'zh' ? zh : en
}

export function inWords(label: Label): string {
  return say(label.zh, label.en)
}

/** The label of a wire value; an unknown word (a newer server) is shown as it came. */
export function labelOf(table: Readonly<Record<string, Label>>, value: string | null | undefined): string {
  if (value == null) return ''
  const label = table[value]
  return label ? inWords(label) : value
}
