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
    coverage: {
      provider: 'v8',
      include: ['{shared,field,console}/**/*.{ts,vue}'],
      exclude: ['**/*.test.ts', '**/*.d.ts', 'shared/api/schema.ts'],
      reporter: ['json-summary'],
    },
  },
})
