import MiniSearch from 'minisearch'

/** `also` holds words that people ask with and the text does not use. */
export type Passage = { title: string; text: string; also?: string }

/** What the demo knows about this app. Each must stay true of it. */
export const passages: readonly Passage[] = [
  {
    title: 'Who answers here',
    also: 'you ai bot robot human person real artificial intelligence model gpt demo script',
    text: 'The built-in demo answers here: a script on this server, and no AI. It plays a few scenes, does sums and looks things up in these notes. A real model answers once one is connected; ask how.',
  },
  {
    title: 'What is kept, and where',
    also: 'keep save store data remember history lost reload delete',
    text: 'Messages are kept in the memory of this browser tab and nowhere else: not in a database, not in a log, not in the browser’s storage, not in an address. A refresh or closing the tab forgets them. The server stores accounts, hashes of sessions, and counters for the limits. The browser remembers only a few preferences, such as the theme and the chosen model.',
  },
  {
    title: 'Stop',
    also: 'stopping abort cancel interrupt',
    text: 'The button beside the message box, or the Escape key, stops a reply at once. What has arrived stays; the connection to the model’s server is closed within a tenth of a second, so that no more tokens are written or paid for. A stopped reply can be continued or regenerated.',
  },
  {
    title: 'Continue',
    text: 'A reply that was stopped, cut off or ended by its length limit has a Continue button. The part that arrived is sent back to the model, and what follows is joined to it. With servers that can go on from a prefix the join is exact; others are asked in words to go on where the text ended. Nothing continues by itself, because it costs money.',
  },
  {
    title: 'When a request fails',
    also: 'error retry backoff offline failure',
    text: 'While nothing of a reply was shown, a lost connection or a rate limit leads to a wait and another try: at most four sends, within ninety seconds, and never earlier than the server asked for. You can try now or cancel the waiting. Once text was shown, nothing is sent again by itself. The message you wrote is never lost.',
  },
  {
    title: 'Regenerate and versions',
    text: 'Regenerate asks for another version of a reply. The earlier version is not removed. A conversation is a tree, in which each question may have several replies.',
  },
  {
    title: 'Limits on requests',
    text: 'Each person may ask twenty times a minute and have four replies running at once, unless the owner of this server changed that. A daily limit of tokens can be set too. A refusal says how long to wait.',
  },
  {
    title: 'How large a conversation may be',
    text: 'One request may be 8 MB, hold 4 MB of text and 20,000 messages. The page checks the size before it sends. A reply that reaches 2 MB ends as if it had reached its length limit and can be continued.',
  },
  {
    title: 'Keys on the keyboard',
    also: 'shortcut hotkey',
    text: 'Enter sends, Shift and Enter breaks the line, Escape stops a reply. While a reply is being written, Enter sends nothing and keeps your draft. Every button can be reached with the Tab key.',
  },
  {
    title: 'New chat',
    text: 'New chat begins an empty conversation without asking. For ten seconds Undo brings the old one back, together with its draft. Two tabs are two conversations that know nothing of each other.',
  },
  {
    title: 'Signing in, accounts and passwords',
    text: 'The first person to come creates the owner’s account, or uses the one-time link that the console prints. Passwords have 8 to 256 characters and are stored as Argon2id hashes. A session ends after 24 hours without use and after 14 days at the latest. When a password is lost, npm start -- --link prints a new link.',
  },
  {
    title: 'Programs and access tokens',
    text: 'A script can use the same interface as this page through the typed client. The owner makes a personal access token with npm start -- --token NAME; it is valid for 90 days and is sent as a bearer token. The folder examples shows a program that asks one question.',
  },
  {
    title: 'Where replies come from',
    text: 'The setting UPSTREAM decides. When it is left at auto, the OPENAI_ settings come first, then a model server found on this machine, such as Ollama or LM Studio, then the built-in demo. The page and the console both say which one it is and why.',
  },
  {
    title: 'Choosing a model',
    text: 'The list of models comes from the model’s server and is kept for a minute. Models that can’t chat, for example those for embeddings, audio or pictures, are left out. OPENAI_MODEL stands first. The choice belongs to the conversation.',
  },
  {
    title: 'Privacy towards the provider',
    text: 'With a real model, the whole conversation goes to that model’s provider with each question, because the server itself remembers nothing. Your name, your address and identifiers of any kind are not sent. What the provider keeps is between you and the provider.',
  },
  {
    title: 'Markdown, code and pictures in replies',
    also: 'image render latex math',
    text: 'Replies are drawn as Markdown while they are written: headings, lists, tables, code with a copy button. Pictures from other addresses are never loaded, and HTML in a reply is shown as text.',
  },
  {
    title: 'Reasoning',
    text: 'Some models think aloud before they answer. That reasoning is shown folded above the reply. It is never sent to the model again.',
  },
  {
    title: 'How long a silent model is waited for',
    text: 'The first token may take five minutes and a pause in the middle of a reply one minute, unless the owner set other times. After five seconds without a word the status line says that it is still waiting, and for how long.',
  },
  {
    title: 'How it is built',
    also: 'technology stack framework architecture source',
    text: 'The page is written in Solid and its conversation is an XState machine. The server is one Node process that speaks tRPC, signs people in with Lucia and stores accounts in SQLite. A reply travels as server-sent events on the answer to one POST request.',
  },
  {
    title: 'Why it is called Mayfly',
    text: 'A mayfly lives for about a day. A conversation here lives as long as its tab.',
  },
]

const ignored = new Set(
  (
    'about after all also am an and any are as at be been but by can could did do does doing for from get give go had has ' +
    'have how i if in into is it its just let made make makes me my no not of on one or please say show so some tell than that the ' +
    'their them then there these they this to up us use used was we what when where which who why will with work ' +
    'works would you your explain happen happens thing things app'
  ).split(' '),
)

/** The telling part of a word, or null when it tells nothing. */
function tellingPart(word: string): string | null {
  const plain = word.toLowerCase()
  if (plain.length < 2 || ignored.has(plain)) return null
  return plain.length > 3 ? plain.replace(/s$/, '') : plain
}

const index = new MiniSearch<Passage>({
  idField: 'title',
  fields: ['title', 'text', 'also'],
  processTerm: tellingPart,
  searchOptions: {
    boost: { title: 3, also: 2 },
    prefix: (term) => term.length > 3,
    fuzzy: (term) => (term.length > 5 ? 0.2 : false),
  },
})
index.addAll(passages)

/** The passage that fits `question` best; null when fewer than half of its telling words are found in it. */
export function findPassage(question: string): Passage | null {
  const telling = new Set(question.split(/[\s\p{P}]+/u).map(tellingPart))
  telling.delete(null)
  const [best] = index.search(question)
  if (!best || best.queryTerms.length * 2 < telling.size) return null
  return passages.find(({ title }) => title === best.id) ?? null
}
