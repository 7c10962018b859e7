export {
  type ConversationActor,
  type ConversationContext,
  type ConversationEvent,
  type ConversationInput,
  conversationMachine,
  type OpenReply,
  type ReplyActorEvent,
  type ReplyInput,
  undoMs,
} from './conversation.ts'
export {
  canContinue,
  type Ending,
  isInterrupted,
  isMissing,
  isTooLong,
  openBranch,
  type Question,
  type Reply,
  type Tree,
  type Turn,
  versionsOf,
} from './tree.ts'
