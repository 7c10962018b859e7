// Asks one question and prints the reply as it is written:  MAYFLY_TOKEN=mf_… npm run ask -- "What is a mayfly?"
import { contractVersion, createChatClient, failureOf, textMessage } from '@mayfly/contracts'

const url = process.env['MAYFLY_URL'] ?? 'http://localhost:3000'
const token = process.env['MAYFLY_TOKEN'] ?? ''
const question = process.argv.slice(2).join(' ')
if (!token || !question) {
  console.error('Give a token and a question:  MAYFLY_TOKEN=mf_… npm run ask -- "What is a mayfly?"')
  console.error('A token is made by:  npm start -- --token NAME')
  process.exit(1)
}

// A reader that has seen enough, such as `head`, is no reason for a stack trace.
process.stdout.on('error', () => process.exit())

const client = createChatClient({ url, token })
client.reply.subscribe(
  { version: contractVersion, messages: [textMessage('user', question)] },
  {
    onData(event) {
      if (event.type === 'delta') process.stdout.write(event.text)
      if (event.type === 'finished') process.stdout.write('\n')
      if (event.type === 'failed') fail(event.failure.kind)
    },
    onError: (error) => fail(failureOf(error).kind),
  },
)

function fail(kind: string): void {
  console.error(`\nNo reply, or no more of it: ${kind}`)
  process.exitCode = 1
}
