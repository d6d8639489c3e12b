/** Which folder may import which: each layer only what stands before it, and no screen another screen. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Lowest first: a layer imports only the layers before it. */
const LAYERS = [
  ['shared/contract', 'shared/text', 'shared/i18n', 'shared/geo', 'shared/time', 'shared/photos', 'shared/api', 'shared/categories', 'shared/ui', 'shared/testing'],
  ['shared', 'field/core/model', 'field/core/store', 'field/core/sync', 'field/core/testing'],
  ['shared', 'field/core', 'field/data', 'field/components', 'field/screens', 'field/app'],
  ['shared', 'console/api', 'console/data', 'console/components', 'console/screens', 'console/app'],
  ['shared', 'field/core', 'reliability'],
]

/** @param {readonly string[]} layers */
const upwards = (layers) =>
  layers.slice(0, -1).map((layer, at) => ({
    target: `./${layer}/**/!(*.test).{ts,vue}`,
    from: layers.slice(at + 1).map((above) => `./${above}`),
    message: `${layer} may not import what stands above it.`,
  }))

/** @param {string} screens */
const sideways = (screens) =>
  readdirSync(new URL(`./${screens}/`, import.meta.url)).map((screen) => ({
    target: `./${screens}/${screen}`,
    from: `./${screens}`,
    except: [`./${screen}`],
    message: 'Screens never import each other: what two share goes to components or data.',
  }))

export const basePath = fileURLToPath(new URL('.', import.meta.url))

export const zones = [
  ...LAYERS.flatMap(upwards),
  ...['field/screens', 'console/screens'].flatMap(sideways),
  { target: './field', from: ['./console', './reliability'], message: 'The phone imports nothing of the console.' },
  { target: './console', from: ['./field', './reliability'], message: 'The console imports nothing of the phone.' },
]
