/** The stock tus-js-client as its manual has it; told on stdin what to send, says on stdout how it ended. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const { file, client, options } = JSON.parse(await text(process.stdin))
const { Upload } = createRequire(`${client}/package.json`)('tus-js-client')

const say = (told) => process.stdout.write(JSON.stringify(told))
const upload = new Upload(readFileSync(file), {
  retryDelays: [0, 300, 1000, 3000],
  ...options,
  onError: (error) => say({ error: error.message }),
  onSuccess: () => say({ url: upload.url }),
})
upload.start()
