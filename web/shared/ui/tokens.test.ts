/** The palette keeps its promise: words are readable in sunlight, by day and by night. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [day, night] = css.split('@media (prefers-color-scheme: dark)') as [string, string]

const colours = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]))

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const palettes = { day: colours(day), night: { ...colours(day), ...colours(night) } }

describe.each(Object.entries(palettes))('by %s', (_, palette) => {
  const pairs: [string, string][] = [
    ...['ink', 'ink-soft', 'accent-ink', 'danger-ink', 'warning-ink', 'info-ink'].flatMap((ink): [string, string][] => [
      [ink, 'paper'],
      [ink, 'card'],
    ]),
    ...['accent', 'danger', 'warning', 'info', 'quiet'].map((name): [string, string] => [`${name}-ink`, `${name}-tint`]),
    ['on-fill', 'accent-fill'],
    ['on-fill', 'danger-fill'],
    ...Object.keys(palette)
      .filter((name) => name.startsWith('state-') && !name.endsWith('-tint'))
      .map((name): [string, string] => [name, `${name}-tint`]),
  ]
  test.each(pairs)('%s on %s is at least 7:1', (ink, ground) => {
    expect(contrast(palette[ink]!, palette[ground]!)).toBeGreaterThanOrEqual(7)
  })
})
