export { type ChatClient, type ChatClientOptions, createChatClient } from './client.ts'
export { type Failure, failure, type FailureKind, failureKinds, wayOn } from './failure.ts'
export { bytesOf, limits } from './limits.ts'
export { isTooLarge, type Message, message, type MessagePart, textMessage, textOf } from './message.ts'
export {
  contractVersion,
  type FinishReason,
  replyEvent,
  type ReplyEvent,
  replyRequest,
  type ReplyRequest,
  type Usage,
} from './reply.ts'
export type { AppRouter } from './router.ts'
export {
  type AccountProblem,
  type AccountResult,
  type ChatInfo,
  cleanUsername,
  type ModelInfo,
  type ModelList,
  type Person,
  type UpstreamInfo,
  type UpstreamReason,
  usernameKey,
  type WhoAmI,
} from './session.ts'
export { failureOf, StreamError, streamLink, type StreamLinkOptions } from './stream-link.ts'
