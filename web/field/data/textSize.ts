/** 字号: how large the words of this phone are; kept on it, whoever signs in. */
import { ref } from 'vue'

export const TEXT_SIZES = ['normal', 'large', 'largest'] as const
export type TextSize = (typeof TEXT_SIZES)[number]

const KEPT_AS = 'inspect-text-size'

function stored(): TextSize {
  try {
    const kept = localStorage.getItem(KEPT_AS)
    return TEXT_SIZES.find((one) => one === kept) ?? 'normal'
  } catch {
    return 'normal' // storage refused (private mode)
  }
}

export const textSize = ref<TextSize>(stored())

/** All sizes of the page are in `rem`: the root's is the only one that is set. */
export function setTextSize(size: TextSize): void {
  textSize.value = size
  document.documentElement.dataset.text = size
  try {
    localStorage.setItem(KEPT_AS, size)
  } catch {
    // Not kept for the next visit; nothing else depends on it.
  }
}
