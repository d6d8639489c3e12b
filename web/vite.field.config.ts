/** Builds the phone into inspect_server/static/field, served at `/`. */
import { readFileSync } from 'node:fs'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

import { alias, here, proxy } from './vite.shared.ts'

const { version } = JSON.parse(readFileSync(here('./package.json'), 'utf8')) as { version: string }

/** What is loaded when it is shown: parts of screens in sheets, and what only they use. */
const LATER =
  /core\/(sync\/upload|rescue\/)|components\/place\/|components\/DrawSheet|screens\/(capture\/(PlaceSheet|NearbyCases)|notices\/|password\/|visits\/|records\/Record\.vue|tasks\/(Task\.vue|SubmitSheet|ReasonSheet))|data\/(casesNearby|useRoads)|shared\/(geo\/(datums|mapLinks|roads)|ui\/(PlaceLinks|copyText))|worker/
/** Everything else of ours, and the libraries of the first page. */
const FIRST = /\/web\/(shared|field)\/|node_modules\/(@vue|vue|vue-router|pinia|idb)\/|plugin-vue/

export default defineConfig({
  root: here('./field'),
  base: '/',
  resolve: { alias },
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', 'import.meta.env.VITE_APP_VERSION': JSON.stringify(version) },
  build: {
    outDir: here('../inspect_server/static/field'),
    emptyOutDir: true,
    assetsDir: 'assets',
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // One file for the first load: each part that shares modules with it would split it, and four files
        // compress worse than one by 5 KB.
        codeSplitting: { groups: [{ name: 'index', test: (id) => FIRST.test(id) && !LATER.test(id) }] },
      },
    },
  },
  server: { proxy },
  worker: { format: 'es' },
  plugins: [
    vue(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'app',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,svg,png,webmanifest}'],
        // Hashed names already say what they hold; a second revision would only be noise.
        dontCacheBustURLsMatching: /^assets\//,
      },
      devOptions: { enabled: false },
    }),
  ],
})
