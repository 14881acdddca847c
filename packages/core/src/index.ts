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
	IdleOptions,
	LifetimeOptions,
	ProviderMetadata,
	SessionManagerOptions,
	TimeoutOptions,
} from './options.ts'
export { nistAal2, owaspHighValue } from './presets.ts'
export type {
	GetAccessTokenOptions,
	HoldOptions,
	RequireSessionOptions,
	SessionManager,
	SignInOptions,
	SignOutOptions,
} from './session-manager.ts'
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
