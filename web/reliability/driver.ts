/**
 * The phone's core in Node, driven line by line: a JSON request on stdin, its JSON answer on
 * stdout. Started by `tests/reliability/node_phones.py`; in no bundle of the product.
 */
import './environment'

import { createInterface } from 'node:readline'

import { Phone, type Shot, type SignedIn } from './simulatedPhone'
import { speakTo } from './environment'

interface Command {
  readonly phone: string
  readonly command: string
  readonly args: readonly unknown[]
}

const phones = new Map<string, Phone>()
let history = 0

async function begin(origin: string, sessions: Readonly<Record<string, SignedIn>>): Promise<void> {
  speakTo(origin)
  for (const phone of phones.values()) await phone.end()
  phones.clear()
  history += 1
  for (const [name, signedIn] of Object.entries(sessions)) {
    const phone = new Phone(`${name}-${history}`, signedIn)
    await phone.begin()
    phones.set(name, phone)
  }
}

function execute({ phone: name, command, args }: Command): Promise<unknown> {
  if (command === 'begin') return begin(...(args as [string, Record<string, SignedIn>]))
  const phone = phones.get(name)
  if (!phone) throw new Error(`no phone ${name}`)
  switch (command) {
    case 'record':
      return phone.record(...(args as [Shot[], string, 'open']))
    case 'amend':
      return phone.amend(...(args as [number, Shot[], string]))
    case 'withdraw':
      return phone.withdraw(...(args as [number]))
    case 'move':
      return phone.move(...(args as [number, number, Shot[], string]))
    case 'visit':
      return phone.visit(...(args as [number, number, Shot[], string]))
    case 'sync':
      return phone.sync(...(args as [number, number | null]))
    case 'signed_in_again':
      return phone.signedInAgain(...(args as [SignedIn]))
    case 'dump':
      return phone.dump(...(args as [boolean]))
    default:
      throw new Error(`no command ${command}`)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await Promise.resolve()
    .then(() => execute(JSON.parse(line) as Command))
    .then(
      (result) => ({ result: result ?? null }),
      (error: unknown) => ({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
