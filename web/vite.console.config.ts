/** Builds the console into inspect_server/static/console, served at `/console/`. */
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

import { alias, here, proxy } from './vite.shared.ts'

export default defineConfig({
  root: here('./console'),
  base: '/console/',
  resolve: { alias },
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    outDir: here('../inspect_server/static/console'),
    emptyOutDir: true,
    assetsDir: 'assets',
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy },
  worker: { format: 'es' },
  plugins: [vue()],
})
