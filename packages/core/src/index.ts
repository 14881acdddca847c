export type { Alert, AlertType } from './alerts.ts'
export { SessionError, type SessionErrorCode, type StepUpChallenge } from './errors.ts'
export type { SessionEventHandler, SessionEvents, SessionEventType } from './events.ts'
export { createSessionManager } from './manager.ts'
export type {
	AccessTokenOptions,
	AlertRule,
	AlertRules,
	AlertsOptions,
	Api,
	ClaimRequest,
	ClaimsRequest,
	Duration,
	ProviderMetadata,
	SessionManagerOptions,
} from './options.ts'
export type { SessionManager, SignInOptions, SignOutOptions } from './session-manager.ts'
export type {
	Authenticated,
	Checking,
	Deadlines,
	EndReason,
	Loading,
	Redirecting,
	Snapshot,
	Unauthenticated,
	User,
	UserChanged,
} from './snapshot.ts'
