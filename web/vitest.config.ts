/** Unit tests of both faces; a test that needs a DOM says `// @vitest-environment happy-dom`. */
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import { alias } from './vite.shared.ts'

export default defineConfig({
  resolve: { alias },
  plugins: [vue()],
  test: {
    include: ['{shared,field,console}/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
  },
})
