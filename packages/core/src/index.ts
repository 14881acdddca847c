export { SessionError, type SessionErrorCode, type StepUpChallenge } from './errors.ts'
export type { SessionEventHandler, SessionEvents, SessionEventType } from './events.ts'
export { createSessionManager } from './manager.ts'
export type { AccessTokenOptions, Api, ClaimRequest, ClaimsRequest, Duration, ProviderMetadata, SessionManagerOptions } from './options.ts'
export type { SessionManager, SignInOptions, SignOutOptions } from './session-manager.ts'
export type {
	Authenticated,
	Checking,
	Deadlines,
	EndReason,
	Loading,
	Redirecting,
	Snapshot,
	Timeouts,
	Unauthenticated,
	User,
	UserChanged,
} from './snapshot.ts'
