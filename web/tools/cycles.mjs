/** Fails when files or folders of the pages import each other in a circle; types count, tests do not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
const ROOTS = ['shared', 'field', 'console', 'reliability']
const SPECIFIER = /(?:\bfrom\s+|\bimport\s*\(?\s*|\bnew URL\(\s*)['"]((?:\.|@shared\/)[^'"]*)['"]/g

/** @param {string} folder @returns {string[]} */
const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : /(?<!\.test)\.ts$|\.vue$/.test(entry.name) ? [join(folder, entry.name)] : [],
  )

/** @param {string} from @param {string} specifier */
function target(from, specifier) {
  const path = specifier.startsWith('@shared/') ? join(web, 'shared', specifier.slice(8)) : join(dirname(from), specifier)
  return [path, `${path}.ts`].find((one) => /\.(ts|vue)$/.test(one) && existsSync(one))
}

/** @typedef {Map<string, Set<string>>} Graph */
/** @param {(path: string) => string} name @returns {Graph} */
function graphOf(name) {
  /** @type {Graph} */
  const graph = new Map()
  for (const file of ROOTS.flatMap((root) => filesUnder(join(web, root)))) {
    const node = graph.get(name(file)) ?? new Set()
    graph.set(name(file), node)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(SPECIFIER)) {
      const path = target(file, String(specifier))
      if (path && name(path) !== name(file)) node.add(name(path))
    }
  }
  return graph
}

/** Every node that can be reached from itself, with the shortest way round. @param {Graph} graph */
function circles(graph) {
  return [...graph.keys()].flatMap((start) => {
    const ways = [[start]]
    const seen = new Set()
    for (const way of ways) {
      for (const next of graph.get(String(way.at(-1))) ?? []) {
        if (next === start) return [[...way, start]]
        if (!seen.has(next)) ways.push([...way, next])
        seen.add(next)
      }
    }
    return []
  })
}

const file = (/** @type {string} */ path) => relative(web, path)
const found = [...circles(graphOf(file)), ...circles(graphOf((path) => dirname(file(path))))]
for (const way of found) console.error(`a circle of imports: ${way.join(' → ')}`)
process.exit(found.length ? 1 : 0)
