// One declaration by the application types the user in every hook.
import type { SessionManager, User } from '@tabsession/core'

/**
 * Tell the hooks which manager the application has:
 *
 *     declare module '@tabsession/react' {
 *       interface Register { manager: typeof session }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add `manager` to it.
export interface Register {}

/** The manager named in `Register`, or any. */
export type RegisteredManager = Register extends { readonly manager: infer M extends SessionManager } ? M : SessionManager

/** The user of the manager named in `Register`, or any. */
export type RegisteredUser = RegisteredManager extends SessionManager<infer U> ? U : User
