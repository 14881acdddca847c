import { SessionError } from './errors.ts'

/** Returns a SessionError as it is. Every other error here comes from a platform API, most of which are storage. */
export const toSessionError = (cause: unknown): SessionError =>
	cause instanceof SessionError ? cause : new SessionError('storage_unavailable', { cause })
