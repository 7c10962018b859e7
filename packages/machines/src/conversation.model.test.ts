import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import type { ConversationEvent, ReplyActorEvent } from './conversation.ts'
import {
  abstract,
  alphabet,
  exploreModel,
  msUntil,
  neverTaken,
  noteTransitions,
  planWalks,
  transitionsOfChart,
  type World,
} from './model.ts'
import { watchConversation } from './watched-conversation.fixture.ts'

type Path = readonly ConversationEvent[]
type Watched = ReturnType<typeof watchConversation>

const isLong = process.env['MAYFLY_TEST_LONG'] !== undefined

const start = (walked: Set<string>) => watchConversation({ random: () => 0 }, noteTransitions(walked))

/** Makes an event of the model happen: by the person, by the open reply, or by letting its time pass. */
function perform(chat: Watched, event: ConversationEvent) {
  const ms = msUntil(event, chat.snapshot())
  if (ms !== null) chat.pass(ms)
  else if (isOfReply(event)) chat.say(event)
  else chat.tell(event)
}
const isOfReply = (event: ConversationEvent): event is ReplyActorEvent => event.type.startsWith('reply.')

function assertState(chat: Watched, expected: World, path: Path) {
  const way = path.map((event) => event.type).join(', ')
  assert.equal(abstract(chat.snapshot()), abstract(expected.chat), way)
}

function expectAllWalked(walked: ReadonlySet<string>) {
  const missing = transitionsOfChart().filter((transition) => !walked.has(transition))
  expect(missing.toSorted()).toEqual(neverTaken.toSorted())
}

describe('whatever may happen in a state', () => {
  const edges = exploreModel()
  const ways = Map.groupBy(edges, ({ from }) => from)

  /** The shortest path to each state of the model, which was explored breadth first. */
  function pathsToStates(): Map<World, Path> {
    const paths = new Map<World, Path>()
    for (const { from, event, to } of edges) {
      const path = paths.get(from) ?? []
      paths.set(from, path)
      if (ways.has(to) && !paths.has(to)) paths.set(to, [...path, event])
    }
    return paths
  }

  test(
    'leads to the next as the chart says, or changes nothing, and loses nothing',
    { timeout: 120_000 },
    () => {
      const walked = new Set<string>()
      const done = new Set<string>()
      for (const [world, path] of pathsToStates()) {
        const at = () => {
          const chat = start(walked)
          for (const event of path) perform(chat, event)
          return chat
        }
        const bystander = at()
        assertState(bystander, world, path)
        for (const event of alphabet) {
          const edge = ways.get(world)?.find((way) => way.event === event)
          if (edge && edge.to.chat !== world.chat) {
            const pair = `${abstract(world.chat)} ${JSON.stringify(event)}`
            if (done.has(pair)) continue
            done.add(pair)
            const chat = at()
            perform(chat, event)
            assertState(chat, edge.to, [...path, event])
          } else if (!world.chat.can(event) && msUntil(event, world.chat) === null) {
            const before = bystander.snapshot()
            bystander.tell(event)
            assert.ok(bystander.snapshot() === before, `${event.type} is no way out of ${world.chat.value}`)
          }
        }
      }
      expectAllWalked(walked)
    },
  )
})

test.each(isLong ? (['transition', 'situation'] as const) : (['transition'] as const))(
  'the walks that a browser is led on take every %s of the model',
  { timeout: 120_000 },
  (every) => {
    const walked = new Set<string>()
    for (const walk of planWalks({ every, seed: 1, longest: 60, can: () => true })) {
      const chat = start(walked)
      const path: ConversationEvent[] = []
      for (const { event, to } of walk) {
        path.push(event)
        perform(chat, event)
        assertState(chat, to, path)
      }
    }
    expectAllWalked(walked)
  },
)
