import { calculate } from './arithmetic.ts'
import { findPassage } from './passages.ts'
import { reflect } from './reflection.ts'

export type Turn = { role: string; content: string }

/** What the script knows beside the transcript. */
export type Surroundings = {
  howToConnect: () => string[]
  whatWasFound: () => string
  /** The names of the fields in the request's body. */
  fields: readonly string[]
}

export type Answer = {
  text: string
  reasoning?: string
  slow?: true
  /** What goes wrong when the answer is written for the first time, just before these words of it. */
  trouble?: { kind: 'cut' | 'length' | 'filtered' | 'silent'; before: string }
  /** Refused before it begins: too soon until a wait has passed, or by a server that is broken. */
  refused?: 'too-soon' | 'broken'
}

type Scene = {
  ask: string
  /** Other ways to say it, in lower case and without punctuation. */
  heard: RegExp
  play: (transcript: readonly Turn[], around: Surroundings) => Answer
}

const intro = '*This is the built-in demo: a script, no AI. It shows what the page can do.*\n\n'

/**
 * What the demo says to the question at the end of `transcript`. The same transcript always gets the same answer, which
 * is how a reply can be gone on from without anything being remembered.
 */
export function answer(transcript: readonly Turn[], around: Surroundings): Answer {
  const played = play(transcript, around)
  const first = !transcript.some(({ role }) => role === 'assistant')
  return first ? { ...played, text: intro + played.text } : played
}

function play(transcript: readonly Turn[], around: Surroundings): Answer {
  // Questions that stayed without an answer stand before the latest one, with an empty line between.
  const question =
    transcript
      .at(-1)
      ?.content.split(/\n\s*\n/)
      .at(-1) ?? ''
  const heard = plain(question)
  const scene =
    scenes.find(({ ask }) => plain(ask) === heard) ??
    scenes.find((one) => heard.length < 100 && one.heard.test(heard))
  if (scene) return scene.play(transcript, around)
  if (
    /^(hi|hello|hey|hallo|good (morning|day|evening)|help|what can you do)\b/.test(heard) &&
    heard.length < 40
  )
    return { text: greeting() }

  const sum = question
    .replace(/^\s*(what is|what's|whats|calculate|compute|how much is)\s+/i, '')
    .replace(/[\s=?]+$/, '')
  const value = calculate(sum)
  if (value !== null) return { text: sayValue(sum, value) }

  const passage = findPassage(question)
  if (passage)
    return { text: `> ${passage.text}\n\nFrom the notes that come with this app: *${passage.title}*.` }

  const turn = transcript.filter(({ role }) => role === 'user').length - 1
  return {
    text:
      `${reflect(question, turn)}\n\n*A reflection in the manner of ELIZA (1966): it turns words round and ` +
      'understands none of them. Say “hello” for what I can show.*',
  }
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()

function sayValue(sum: string, value: number): string {
  if (!Number.isFinite(value))
    return `\`${sum.trim()}\` has no value: somewhere in it, something is divided by zero or grows beyond all bounds.`
  return `\`${sum.trim()}\` = **${Number(value.toPrecision(12))}**\n\nComputed, not guessed: it is about the only thing a script does better than a model.`
}

function greeting(): string {
  return [
    'Hello! I can show you each thing this page does, and each way in which a reply can go wrong. Ask me one of these, word for word or nearly so:',
    '',
    ...scenes.map(({ ask }) => `- ${ask}`),
    '',
    'I also do sums such as `12 * (3 + 4)`, and look up questions about this app in the notes that come with it.',
  ].join('\n')
}

const showcase = `## What a reply can hold

Text can be **strong**, *stressed*, ~~taken back~~ or \`code\`. Lists have levels:

1. An egg lies on the bed of a stream.
2. A nymph hatches and stays a nymph for a year or two.
   - It sheds its skin some twenty times.
   - It eats algae and leaves.
3. Then it flies, for a day. 🪰

| Stage | Lasts | Eats | Flies |
|:------|------:|:----:|:-----:|
| Egg | 3 weeks | no | no |
| Nymph | 1 year | yes | no |
| Adult | 1 day | no | yes |

A formula in the line: half of a swarm is left after $h = \\ln 2 / \\lambda$ hours. And one of its own:

$$
N(t) = N_0 \\cdot 2^{-t/h}
$$

\`\`\`ts
/** How many of a swarm still fly after so many hours. */
export function stillFlying(swarm: number, hours: number, halfLife = 9.5): number {
  return Math.round(swarm * 0.5 ** (hours / halfLife))
}
\`\`\`

> Right-to-left text stands on its own side, in the same reply:

مرحبا! تعيش ذبابة مايو يومًا واحدًا فقط.

Emoji of several parts stay whole while they stream: 👩‍🔬 🏳️‍🌈 👍🏽 🇫🇷`

const slowStory = `A slow reply, so that you have the time to stop it. Press **Stop**, or Escape, whenever you like.

While I write, you can scroll up: the page stays where you are reading, and a button takes you back to the end. You can type your next message too; Enter will not send it before I have finished.

When you stop me, what has arrived stays. *Continue* goes on from there to the letter. *Regenerate* begins anew and keeps this version.

Meanwhile, a stream in early summer. The stones are warm at noon and cold by six. Under one of them a nymph has been growing for a year, and tonight it will let go, rise, and split its skin on the surface. It will have wings for the first time, and no mouth. There is nothing left to eat for, and one evening to spend.

By midnight the bridge lamps are full of them. By morning the swallows have come.

That was all. If you have read this far, nobody stopped me.`

const cutStory = `This reply will lose its connection about half-way. When it does, look at what the page does: nothing that has arrived goes away, the status line says what happened, and below the reply there is a *Continue* button. It does not go on by itself, because with a real model each attempt costs money, and the second half might not be the one you would have got.

Now for the second half. If you can read this, you pressed Continue. The page sent the conversation again, with the first half as the last message; I looked up what I would have said, found your half at its beginning, and went on from exactly there. No server remembered anything in between: neither this one, nor the script behind it. A real model does the same where its server can go on from a prefix, and is asked in words where it can't.`

const lengthStory = `Every model stops at some number of tokens. A reply that hits the limit is not finished, and a page that shows it as finished has lost you the rest. This one is about to hit its limit, in the middle of a sentence, and you should see a note that says so, and a *Continue* button. If you pressed it, this is the rest of the sentence, joined on without a seam. The finish reason was \`length\` before; now it is \`stop\`.`

const filterStory = `Some providers read along and stop a reply when they don't like where it goes. What had been written until then stays, with a word below it that says why there is no more. The rest of this reply was held back.`

const thoughts = `The question is how many legs stand on the bridge. Three people fish: 3 × 2 = 6. A dog: 4 more, 10. The swallows fly, so they don't count. The mayflies sit on the railing, and that is not standing on the bridge, or is it? The question says “on the bridge”. I leave them out and say so.`

const sendStory = `1. **The page** puts your message at the end of the conversation, which lives in this tab alone. An XState machine goes from \`idle\` to \`sending\`.
2. **The whole conversation** goes out as one POST request. The server remembers nothing, so each request carries everything.
3. **The server** checks who you are and from where the request comes, then your limits: requests a minute, replies at once, tokens a day.
4. **It asks the model's server** (here: this script) through the official OpenAI SDK and passes each piece of text on as soon as it is there, as server-sent events on the same response.
5. **The page** checks each event, gives it to the machine, now \`streaming\`, and adds the text to what is drawn.
6. **A finish reason** ends it: \`idle\` again. Without one the reply counts as interrupted, so that a cut is never taken for an end.

When you close the tab, the server notices, closes the connection to the model and forgets the request. Then nothing of it is left anywhere.`

const scenes: readonly Scene[] = [
  {
    ask: 'Show me a table, some code and a formula',
    heard: /\b(show|write|make|give)\b.*\b(table|formula|markdown|code|emoji)\b|\brender\b/,
    play: () => ({ text: showcase }),
  },
  {
    ask: 'Write slowly, so that I can stop you',
    heard: /\b(slow|slowly|long answer|long reply)\b/,
    play: () => ({ text: slowStory, slow: true }),
  },
  {
    ask: 'Lose the connection half-way through a reply',
    heard: /\b(lose|drop|cut|break)\b.*\b(connection|halfway|half way)\b/,
    play: () => ({ text: cutStory, trouble: { kind: 'cut', before: 'because with a real model' } }),
  },
  {
    ask: 'Simulate a rate limit',
    heard: /\b(simulate|show|hit|reach|get)\b.*\brate limit|^rate limit/,
    play: () => ({
      text: 'This request was let in. One that comes too soon is refused with status 429 and `Retry-After: 3`: the page then waits, counts down and sends it again by itself, since nothing of the reply has been shown that could be doubled. If you saw no countdown, somebody had waited a moment ago; ask once more.',
      refused: 'too-soon',
    }),
  },
  {
    ask: 'What did you receive?',
    heard: /\bwhat (did|do|have) you (receive|received|get|got|see)\b/,
    play: (transcript, { fields }) => ({ text: whatWasReceived(transcript, fields) }),
  },
  {
    ask: 'Explain what happens when I press Send',
    heard: /\b(press|click|hit) send\b/,
    play: () => ({ text: sendStory }),
  },
  {
    ask: 'How do I connect a real model?',
    heard: /\b(connect|use|add)\b.*\b(model|openai|ollama|ai)\b/,
    play: (_, { howToConnect, whatWasFound }) => ({
      text: `I am only a script; a real model is one setting away.\n\n\`\`\`text\n${howToConnect().join('\n')}\n\`\`\`\n\n${whatWasFound()}`,
    }),
  },
  {
    ask: 'Think before you answer',
    heard: /\bthink (before|first|aloud)\b/,
    play: () => ({
      text: 'Three people fish from a bridge, a dog lies beside them, swallows fly under it, and mayflies sit on the railing. **Ten** legs stand on the bridge, if you let me leave out the mayflies.\n\nWhat I wrote before this is folded away above. It is never sent back to a model.',
      reasoning: thoughts,
    }),
  },
  {
    ask: 'Write until you reach the limit',
    heard: /\b(reach|hit)\b.*\blimit\b|\b(length|token) limit\b/,
    play: () => ({ text: lengthStory, trouble: { kind: 'length', before: 'a note that says so' } }),
  },
  {
    ask: 'Let a filter stop your reply',
    heard: /\bfilter\b.*\b(stop|reply)\b/,
    play: () => ({ text: filterStory, trouble: { kind: 'filtered', before: 'The rest of' } }),
  },
  {
    ask: 'Let a filter refuse my question',
    heard: /\bfilter/,
    play: () => ({ text: filterStory, trouble: { kind: 'filtered', before: '' } }),
  },
  {
    ask: 'Let the model’s server fail',
    heard: /\bserver\b.*\b(fail|fails|break|crash|down)\b/,
    play: () => ({ text: 'A server that is broken says nothing.', refused: 'broken' }),
  },
  {
    ask: 'Say nothing',
    heard: /\b(say nothing|be silent|silence)\b/,
    play: () => ({
      text: 'I was to say nothing, and you asked on: then I may speak.',
      trouble: { kind: 'silent', before: '' },
    }),
  },
]

function whatWasReceived(transcript: readonly Turn[], fields: readonly string[]): string {
  const characters = (turns: readonly Turn[]) =>
    turns.reduce((sum, { content }) => sum + [...content].length, 0)
  const shown = transcript.slice(-20)
  const left = transcript.length - shown.length
  return [
    `**${count(transcript.length, 'message')}**, together ${count(characters(transcript), 'character')}:`,
    '',
    '| # | Role | Characters |',
    '|--:|:-----|-----------:|',
    ...(left ? [`| 1–${left} | all sorts | ${characters(transcript.slice(0, left))} |`] : []),
    ...shown.map((turn, index) => `| ${left + index + 1} | ${turn.role} | ${characters([turn])} |`),
    '',
    `The request’s fields were ${fields.map((field) => `\`${field}\``).join(', ')}. There was no name, no address and no number of a conversation in it.`,
    '',
    'That is everything I know. I keep nothing between two requests: ask me again, and this reply will be in the list.',
  ].join('\n')
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
