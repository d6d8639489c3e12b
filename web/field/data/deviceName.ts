/** What this phone is called in lists of devices; pure. */

// In this order: an Android phone says Linux too, and every browser says Safari.
const SYSTEMS = ['iPhone', 'iPad', 'HarmonyOS', 'Android', 'Windows', 'Mac OS', 'Linux']
const BROWSERS = ['Edg', 'HuaweiBrowser', 'MiuiBrowser', 'UCBrowser', 'Firefox', 'Chrome', 'Safari']

/** Android · Chrome: enough for a person to recognise their phone in a list; never empty. */
export function deviceName(agent: string): string {
  const named = (names: readonly string[]): string | undefined => names.find((name) => agent.includes(name))
  const browser = agent.includes('MicroMessenger') ? '微信' : (named(BROWSERS) ?? '浏览器')
  return `${named(SYSTEMS) ?? '设备'} · ${browser}`
}
