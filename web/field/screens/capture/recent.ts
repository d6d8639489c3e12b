/** The categories chosen last. Pure. */
/** The six most recent categories, newest first. */
export function remember(recent: readonly string[], code: string): string[] {
  return [code, ...recent.filter((one) => one !== code)].slice(0, 6)
}
