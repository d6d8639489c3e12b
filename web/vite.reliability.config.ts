/** Bundles the phone's core for Node, with the browser's build of every library; for test./reliability only. */
import { defineConfig } from 'vite'

import { alias, here } from './vite.shared.ts'

export default defineConfig({
  root: here('./reliability'),
  logLevel: 'warn',
  resolve: { alias },
  build: {
    lib: { entry: here('./reliability/driver.ts'), formats: ['es'], fileName: 'driver' },
    target: 'node20',
    minify: false,
    emptyOutDir: false,
    rolldownOptions: { external: [/^node:/] },
  },
})
