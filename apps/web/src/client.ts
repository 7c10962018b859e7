import { createChatClient } from '@mayfly/contracts'

/** The typed client of the server that this page came from. */
export const client = createChatClient({ url: location.origin })
