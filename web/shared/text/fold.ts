/** How texts are compared when people search; the server folds alike (`schemas/texts.py`). Pure. */
import { BLANKS, IDEOGRAPHS, IGNORED, RADICALS } from '../contract/vocabulary'

const ignored = new RegExp(`[${IGNORED}]`, 'gu')
const blanks = new RegExp(`[${BLANKS}]+`, 'gu')
const ideographs = [...IDEOGRAPHS]
const ideographOf = new Map([...RADICALS].map((radical, at) => [radical, ideographs[at] ?? radical]))
const radicals = new RegExp(`[${RADICALS}]`, 'gu')

/**
 * Compatibility characters and radicals become the usual ones, what cannot be seen is left out, upper
 * and lower case are the same, and one blank stands for blanks of any kind.
 */
export function fold(text: string): string {
  const usual = text.replace(radicals, (radical) => ideographOf.get(radical) ?? radical).normalize('NFKC')
  const caseless = usual.replace(ignored, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  return caseless.normalize('NFKC').replace(blanks, ' ').replace(/^ +| +$/g, '')
}
