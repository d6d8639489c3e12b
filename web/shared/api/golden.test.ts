/**
 * The golden answers of the server are what the types here say: each document is compiled as a literal
 * of its type, so that a missing field, an unknown one, a null or a new word fails.
 */
import { fileURLToPath } from 'node:url'

import ts from 'typescript'
import { expect, test } from 'vitest'

import { golden } from '../testing/golden'
import { parseProblem, problemSentence } from './problem'

const SOURCE = fileURLToPath(new URL('./golden.ts', import.meta.url))
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
}

type Document = Record<string, unknown>

const ROWS: Readonly<Record<string, string>> = {
  calendar: 'CalendarDay',
  categories: 'PulledCategory',
  notices: 'Notice',
  observations: 'Observation',
  people: 'Person',
  points: 'Point',
  shops: 'Shop',
  tasks: 'Task',
  units: 'PulledUnit',
}

interface Change {
  readonly collection: string
  readonly data: unknown
}

/** What the compiler says of these documents, each with the name of its type. */
function complaints(documents: readonly (readonly [type: string, document: unknown])[]): string[] {
  const source = [
    "import type * as T from './types'",
    // Columns of a register that the phone does not read come with its row.
    "type PulledCategory = Omit<T.Answer<T.Schemas['KeptCategory']>, 'version' | 'auto_dispatch' | 'auto_file' | 'spot_check_percent'>",
    "type PulledUnit = T.Unit & Pick<T.Answer<T.Schemas['KeptUnit']>, 'code' | 'district'>",
    "type Me = T.Refined<'Me', { readonly person: T.Person }>",
    "type Session = Omit<T.Refined<'Session', { readonly person: T.Person }>, 'csrf_token'>",
    "type TaskPage = T.Refined<'TaskPage', { readonly items: readonly T.TaskRow[] }>",
    ...documents.map(([type, document], nth) => {
      const own = ['PulledCategory', 'PulledUnit', 'Me', 'Session', 'TaskPage'].includes(type)
      return `export const document${nth}: ${own ? '' : 'T.'}${type} = ${JSON.stringify(document)}`
    }),
  ].join('\n')
  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (path) => path === SOURCE || fileExists(path)
  host.readFile = (path) => (path === SOURCE ? source : readFile(path))
  host.getSourceFile = (path, ...rest) => (path === SOURCE ? ts.createSourceFile(path, source, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest))
  const program = ts.createProgram([SOURCE], OPTIONS, host)
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(SOURCE)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

const rowsOf = (changes: readonly Change[]): [string, unknown][] => changes.map(({ collection, data }) => [ROWS[collection] ?? 'never', data])

test('every golden answer has the shape of its type', () => {
  const pull = golden<Document>('pull')
  const registers = Object.values(golden<Document>('registers')) as Change[]
  expect(
    complaints([
      ['Me', golden<Document>('me')],
      ['Session', golden<Document>('session')],
      ['PushAnswer', golden<Document>('push')],
      ['PullAnswer', pull],
      ['ReceiptsAnswer', golden<Document>('receipts')],
      ['Observation', golden<Document>('observation')],
      ['Task', golden<Document>('task_handler')],
      ['Task', golden<Document>('task_supervisor')],
      ['TaskPage', golden<Document>('tasks')],
      ...rowsOf(pull.changes as Change[]),
      ...rowsOf(registers),
    ]),
  ).toEqual([])
}, 30_000)

test('a missing field, an unknown field and a new word are complaints', () => {
  const cut = { ops: {}, photos: {}, epoch: 'e', backed_up_to: null }
  const task = golden<Document>('task_handler')
  expect(complaints([['ReceiptsAnswer', cut], ['Task', { ...task, colour: 'red' }], ['Task', { ...task, state: 'lost' }]])).toHaveLength(3)
}, 30_000)

test.each(['problem_invalid', 'problem_stale'])('the problem %s is read whole', (name) => {
  const document = golden<Document>(name)
  const problem = parseProblem(document.status as number, document)
  expect(document).toMatchObject(problem)
  expect(problemSentence(problem)).toContain(document.title)
})
