/** Bundles the phone's core for Node, with the browser's build of every library; for tests/faults only. */
import { defineConfig } from 'vite'

import { alias, here } from './vite.shared.ts'

export default defineConfig({
  root: here('./faults'),
  logLevel: 'warn',
  resolve: { alias },
  build: {
    lib: { entry: here('./faults/driver.ts'), formats: ['es'], fileName: 'driver' },
    target: 'node20',
    minify: false,
    emptyOutDir: false,
    rolldownOptions: { external: [/^node:/] },
  },
})
