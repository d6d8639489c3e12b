/** Where to go after signing in: only to a page of the console, never to another site. Pure. */

/** The requested address if it is a path inside the console, else the first page. */
export function safeNext(wish: unknown): string {
  if (typeof wish !== 'string') return '/'
  // `//host` and `/\host` are other sites to a browser.
  if (!/^\/(?![/\\])/.test(wish)) return '/'
  return wish.startsWith('/sign-in') ? '/' : wish
}
