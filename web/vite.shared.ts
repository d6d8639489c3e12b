/** What both builds have in common: the alias for `shared/` and the proxy to a running server. */
import { fileURLToPath } from 'node:url'

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const alias = { '@shared': here('./shared') }

const server = process.env.INSPECT_DEV_SERVER ?? 'http://127.0.0.1:8460'

/** `vite` in development serves the screens and forwards the API to a server that runs beside it. */
export const proxy = { '/api': server, '/media': server, '/problems': server }
