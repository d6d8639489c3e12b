/** One set of lint rules for phone and console. */
import { createNodeResolver, importX } from 'eslint-plugin-import-x'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import vueParser from 'vue-eslint-parser'

import { basePath, zones } from './eslint.layers.js'

export default tseslint.config(
  { ignores: ['node_modules/**', 'shared/contract/vocabulary.ts', 'shared/api/schema.ts', 'dist/**'] },
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // An alias of a generated type is an interface for its short name in messages.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/no-v-html': 'error',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
  },
  {
    files: ['{shared,field,console,reliability}/**/*.{ts,vue}'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { parser: '@typescript-eslint/parser' } },
    settings: {
      'import-x/extensions': ['.ts', '.vue'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], 'vue-eslint-parser': ['.vue'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.vue', '.js'], alias: { '@shared': [`${basePath}shared`] } })],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath, zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
    },
  },
  {
    // The core runs in Node for the reliability tests.
    files: ['field/core/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', 'vue', 'pinia', 'vue-router'] },
  },
  {
    // A promise nobody waits for is a lost write: the queue and the client must never have one.
    files: ['shared/**/*.ts', 'field/**/*.ts', 'reliability/**/*.ts'],
    ignores: ['field/app/sw.ts', '**/*.worker.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    rules: {
      'max-lines': ['error', 450],
      'max-params': ['error', 7],
    },
  },
  {
    // The setup of a component is a module, and a test file is one list of cases.
    files: ['**/*.{ts,js,mjs}'],
    ignores: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  { files: ['tools/**', '*.ts', '*.js'], languageOptions: { globals: { ...globals.node } }, rules: { 'no-console': 'off' } },
)
