/** Measures the built phone: first load and precache in brotli bytes; fails above the limits of DESIGN §9. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const FIRST_LOAD_LIMIT = 120 * 1024
const PRECACHE_LIMIT = 250 * 1024

// Another folder may be named: the check itself is tested on a copy that has grown.
const built = process.argv[2] ?? fileURLToPath(new URL('../../inspect_server/static/field/', import.meta.url))

/** @param {string} folder @returns {string[]} */
const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  )

/** @param {string} path */
const brotliSize = (path) => {
  const bytes = readFileSync(path)
  return /\.(png|jpg|webp)$/.test(path)
    ? bytes.length
    : brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
}

const html = readFileSync(join(built, 'index.html'), 'utf8')
const firstLoad = ['index.html', ...[...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((m) => String(m[1]))]
const sw = readFileSync(join(built, 'sw.js'), 'utf8')
const precached = filesUnder(built).filter((path) => sw.includes(`"${relative(built, path)}"`) || sw.includes(`\`${relative(built, path)}\``))

/** @param {string[]} paths */
const total = (paths) => paths.reduce((sum, path) => sum + brotliSize(path), 0)

const firstLoadSize = total(firstLoad.map((path) => join(built, path)))
const precacheSize = total(precached)
/** @param {number} bytes */
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`

for (const path of filesUnder(built).sort()) {
  console.log(`  ${relative(built, path).padEnd(44)} ${kb(statSync(path).size).padStart(10)} raw ${kb(brotliSize(path)).padStart(10)} brotli`)
}
console.log(`first load ${kb(firstLoadSize)} of ${kb(FIRST_LOAD_LIMIT)} (${firstLoad.length} files)`)
console.log(`precache   ${kb(precacheSize)} of ${kb(PRECACHE_LIMIT)} (${precached.length} files)`)

if (precached.length === 0) throw new Error('the service worker names no file to precache')
if (firstLoadSize > FIRST_LOAD_LIMIT || precacheSize > PRECACHE_LIMIT) {
  console.error('the phone has grown above its limits (DESIGN §9)')
  process.exit(1)
}
