/** Names on the sketch that do not lie on each other: the first of the list has the place. Pure. */

export interface Label {
  readonly key: string
  readonly text: string
  /** Where it begins, on its base line. */
  readonly x: number
  readonly y: number
  /** Of several places for one name the first that is free is taken. */
  readonly group?: string
}

export const LABEL_UNITS = 11

/** Chinese characters are as wide as high, Latin ones little more than half. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += character.codePointAt(0)! > 0x2e7f ? LABEL_UNITS : LABEL_UNITS * 0.58
  return width
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const boxOf = ({ text, x, y }: Label): Box => ({ left: x - 2, right: x + widthOf(text) + 2, top: y - LABEL_UNITS, bottom: y + 3 })
const meet = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** A square around a sign that no name may cover. */
export const around = ({ x, y }: { readonly x: number; readonly y: number }, half: number): Box => ({ left: x - half, right: x + half, top: y - half, bottom: y + half })

/** Those that fit on the sketch, beside the signs and beside the names before them. */
export function fitting(labels: readonly Label[], width: number, height: number, signs: readonly Box[] = []): Label[] {
  const taken: Box[] = [...signs]
  const named = new Set<string>()
  return labels.filter((label) => {
    const box = boxOf(label)
    if (label.group && named.has(label.group)) return false
    if (box.left < -4 || box.right > width + 4 || box.top < 0 || box.bottom > height) return false
    if (taken.some((one) => meet(one, box))) return false
    taken.push(box)
    if (label.group) named.add(label.group)
    return true
  })
}
