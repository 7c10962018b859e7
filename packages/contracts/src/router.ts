import { getTRPCErrorFromUnknown, initTRPC, TRPCError } from '@trpc/server'
import { type Failure, Refusal, refusal, type RefusalKind } from './failure.ts'
import { type ReplyEvent, type ReplyRequest, replyRequest } from './reply.ts'
import {
  accountResult,
  type AccountResult,
  credentials,
  linkInput,
  modelList,
  type ModelList,
  nameInput,
  passwordInput,
  type Person,
  signUpInput,
  upstreamInfo,
  type UpstreamInfo,
  whoAmI,
  type WhoAmI,
} from './session.ts'

/** The least that a handler must know of who asks; the server's own visitor is wider. */
export type Visitor = { person: Person | null }

/** What the server implements, one function a procedure. Refuse with `refusal(...)`; anything else thrown is a bug. */
export interface Handlers<V extends Visitor> {
  session(visitor: V): Promise<WhoAmI>
  models(visitor: V): Promise<ModelList>
  lookAgain(visitor: V): Promise<UpstreamInfo>
  signIn(input: { username: string; password: string }, visitor: V): Promise<AccountResult>
  signUp(
    input: { username: string; password: string; code?: string | undefined },
    visitor: V,
  ): Promise<AccountResult>
  useLink(input: { code: string }, visitor: V): Promise<AccountResult>
  signOut(visitor: V): Promise<void>
  changeName(input: { username: string }, visitor: V): Promise<AccountResult>
  changePassword(input: { current?: string | undefined; next: string }, visitor: V): Promise<AccountResult>
  /** Resolves once the reply may begin, so that a refusal is still an HTTP status; what comes later is an event. */
  reply(request: ReplyRequest, visitor: V, signal: AbortSignal): Promise<AsyncIterable<ReplyEvent>>
}

const codes: Readonly<Record<RefusalKind, TRPCError['code']>> = {
  'session-ended': 'UNAUTHORIZED',
  'too-large': 'PAYLOAD_TOO_LARGE',
  'rate-limited': 'TOO_MANY_REQUESTS',
  busy: 'TOO_MANY_REQUESTS',
  quota: 'TOO_MANY_REQUESTS',
  draining: 'SERVICE_UNAVAILABLE',
  network: 'SERVICE_UNAVAILABLE',
  'bad-request': 'BAD_REQUEST',
}

/** What tRPC is to make of anything thrown: a refusal by the status of its kind, all else as tRPC does itself. */
export const asTRPCError = (thrown: unknown): TRPCError =>
  thrown instanceof Refusal
    ? new TRPCError({ code: codes[thrown.failure.kind], cause: thrown })
    : getTRPCErrorFromUnknown(thrown)

/** The failure that an error stands for, by its refusal or by its code; undefined for a bug. */
function failureOfError(error: TRPCError): Failure | undefined {
  if (error.cause instanceof Refusal) return error.cause.failure
  switch (error.code) {
    case 'UNAUTHORIZED':
      return { kind: 'session-ended' }
    case 'PAYLOAD_TOO_LARGE':
      return { kind: 'too-large' }
    case 'BAD_REQUEST':
    case 'FORBIDDEN':
    case 'PARSE_ERROR':
      return { kind: 'bad-request' }
    default:
      return undefined
  }
}

const t = initTRPC.context<Visitor>().create({
  isDev: false,
  // tRPC sends an error's own message, which may hold an address or a query: only our codes may leave.
  errorFormatter: ({ shape, error }) => ({
    code: shape.code,
    message: error.code === 'INTERNAL_SERVER_ERROR' ? 'Something went wrong on the server' : error.code,
    data: { code: shape.data.code, httpStatus: shape.data.httpStatus, failure: failureOfError(error) },
  }),
})

const anybody = t.procedure.use(async ({ next }) => {
  const result = await next()
  if (!result.ok && result.error.cause instanceof Refusal) throw asTRPCError(result.error.cause)
  return result
})

const signedIn = anybody.use(({ ctx, next }) => {
  if (!ctx.person) throw refusal('session-ended')
  return next()
})

// tRPC's context can't be generic; the server gives every call the visitor that its handlers ask for.
const own = <V extends Visitor>(ctx: Visitor) => ctx as V

const forms = <V extends Visitor>(handlers: Handlers<V>) => ({
  session: anybody.output(whoAmI).query(({ ctx }) => handlers.session(own<V>(ctx))),
  models: signedIn.output(modelList).query(({ ctx }) => handlers.models(own<V>(ctx))),
  lookAgain: signedIn.output(upstreamInfo).mutation(({ ctx }) => handlers.lookAgain(own<V>(ctx))),
  signIn: anybody
    .input(credentials)
    .output(accountResult)
    .mutation(({ input, ctx }) => handlers.signIn(input, own<V>(ctx))),
  signUp: anybody
    .input(signUpInput)
    .output(accountResult)
    .mutation(({ input, ctx }) => handlers.signUp(input, own<V>(ctx))),
  useLink: anybody
    .input(linkInput)
    .output(accountResult)
    .mutation(({ input, ctx }) => handlers.useLink(input, own<V>(ctx))),
  signOut: anybody.mutation(({ ctx }) => handlers.signOut(own<V>(ctx))),
  changeName: signedIn
    .input(nameInput)
    .output(accountResult)
    .mutation(({ input, ctx }) => handlers.changeName(input, own<V>(ctx))),
  changePassword: signedIn
    .input(passwordInput)
    .output(accountResult)
    .mutation(({ input, ctx }) => handlers.changePassword(input, own<V>(ctx))),
})

/** All procedures, over whatever implements them. Queries too go by POST. */
export function createRouter<V extends Visitor>(handlers: Handlers<V>) {
  return t.router({
    ...forms(handlers),
    reply: signedIn
      .input(replyRequest)
      .subscription(({ input, ctx, signal }) =>
        handlers.reply(input, own<V>(ctx), signal ?? new AbortController().signal),
      ),
  })
}

/** All but `reply`, for a handler that could stream it in another way than ours. */
export function createFormRouter<V extends Visitor>(handlers: Handlers<V>) {
  return t.router(forms(handlers))
}

export type AppRouter = ReturnType<typeof createRouter>
