// After the idea of Weizenbaum's ELIZA (Communications of the ACM 9(1), 1966): a keyword picks a form of sentence, and
// the rest of what was said comes back in it with its pronouns turned round. The rules are our own.

type Rule = { heard: RegExp; answers: [string, ...string[]] }

/** Tried in order; `$1` is what the first group heard, turned round. */
const rules: Rule[] = [
  {
    heard: /\bi need (.+)/i,
    answers: ['What would change if you had $1?', 'Do you need $1, or do you want it?', 'Who else needs $1?'],
  },
  {
    heard: /\bi (?:want|would like|wish) (?:to )?(.+)/i,
    answers: ['What stands between you and $1?', 'Suppose you got it: $1. What then?'],
  },
  {
    heard: /\bi (?:can't|cannot|can not) (.+)/i,
    answers: ['What have you tried so far, to $1?', 'Is it that you may not $1, or that you do not dare?'],
  },
  {
    heard: /\bi(?: am|'m| feel) (.+)/i,
    answers: [
      'Since when are you $1?',
      'What was different before you were $1?',
      'How do others notice that you are $1?',
    ],
  },
  {
    heard: /\bi (?:think|believe|guess) (?:that )?(.+)/i,
    answers: ['How sure are you that $1?', 'Who would disagree that $1?'],
  },
  {
    heard: /\bi (?:remember|dreamt|dreamed) (?:about |of |that )?(.+)/i,
    answers: ['What comes to mind first about $1?', 'Why today, of all days: $1?'],
  },
  {
    heard: /\bmy (mother|father|parents|sister|brother|family|friend|boss|teacher|cat|dog)\b/i,
    answers: ['Tell me more about your $1.', 'What would your $1 say to that?'],
  },
  {
    heard: /\bbecause (.+)/i,
    answers: ['Is that the whole reason: $1?', 'And if it were not so that $1?'],
  },
  {
    heard: /\b(?:you are|you're) (.+)/i,
    answers: ['What makes you say that I am $1?', 'I am a script. Would it help you if I were $1?'],
  },
  {
    heard: /\b(?:can|could|will|would) you (.+)/i,
    answers: [
      'A real model might $1; I only turn words round. What should come of it?',
      'If somebody did $1, what would you look at first?',
    ],
  },
  {
    heard: /^(?:write|tell|make|give|draw|translate|summari[sz]e|explain)\b(.*)/i,
    answers: [
      'That takes a real model. What is it for?',
      'I have no words of my own for that. What would a good one begin with?',
    ],
  },
  {
    heard: /^why (.+)/i,
    answers: ['What do you suppose: why $1?', 'Whom have you asked that before?'],
  },
  {
    heard: /^(?:what|who|where|when|which|how)\b.*/i,
    answers: [
      'What made you ask that?',
      'Which answer would surprise you?',
      'I know nothing about it. What do you know?',
    ],
  },
  {
    heard: /\b(?:sorry|thanks|thank you)\b/i,
    answers: ['That is kind. Scripts take no offence and earn no thanks. What next?'],
  },
  {
    heard: /^(?:yes|yeah|no|nope|maybe|perhaps)\b/i,
    answers: ['That was quick. What is behind it?', 'Say one sentence more about that.'],
  },
]

const otherwise: [string, ...string[]] = [
  'Go on.',
  'What is the most important word in that?',
  'How would you say that to somebody who is in a hurry?',
  'Is there an example?',
]

const turned: Record<string, string> = {
  i: 'you',
  me: 'you',
  my: 'your',
  mine: 'yours',
  myself: 'yourself',
  am: 'are',
  "i'm": 'you are',
  "i've": 'you have',
  you: 'I',
  your: 'my',
  yours: 'mine',
  yourself: 'myself',
  "you're": 'I am',
}

/** One sentence back for anything at all. `turn` counts the questions before this one and varies the answers. */
export function reflect(text: string, turn: number): string {
  const said = text.replaceAll('’', "'").trim()
  for (const { heard, answers } of rules) {
    const match = heard.exec(said)
    if (match) return pick(answers, turn).replace('$1', () => turnRound(match[1] ?? ''))
  }
  return pick(otherwise, turn)
}

const pick = ([first, ...rest]: [string, ...string[]], turn: number): string =>
  [first, ...rest][turn % (rest.length + 1)] ?? first

function turnRound(phrase: string): string {
  const sentence = (phrase.split(/[.!?\n]/)[0] ?? '').trim().slice(0, 200)
  return sentence.replace(/[\w']+/g, (word) => turned[word.toLowerCase()] ?? word)
}
