/** Where to go after the door: only to a place of this desk, never to another site. Pure. */

/** The wish from the address if it is a path inside the desk, else the front room. */
export function safeNext(wish: unknown): string {
  if (typeof wish !== 'string') return '/'
  // `//host` and `/\host` are other sites to a browser.
  if (!/^\/(?![/\\])/.test(wish)) return '/'
  return wish.startsWith('/sign-in') ? '/' : wish
}
