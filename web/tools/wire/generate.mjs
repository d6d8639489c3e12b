/** Reads openapi.json on stdin, writes its TypeScript types to stdout. Started by tools/wire_types.py. */
import { text } from 'node:stream/consumers'

import openapiTS, { astToString } from 'openapi-typescript'

const schema = JSON.parse(await text(process.stdin))
process.stdout.write(astToString(await openapiTS(schema, { immutable: true, alphabetize: true, defaultNonNullable: false })))
