/** The golden answers of the server, as data of tests. For tests only. */
import { readFileSync } from 'node:fs'

// Named apart: the bundler would take an address with `import.meta.url` in it for an asset.
const here: string = import.meta.url

/** One golden document by name; numbers that differ in every run are 0. */
export function golden<T>(name: string): T {
  const text = readFileSync(new URL(`../../../tests/contract/golden/${name}.json`, here), 'utf8')
  return JSON.parse(text.replaceAll(/"<(?:bytes|seq)>"/g, '0')) as T
}
