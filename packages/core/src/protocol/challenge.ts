// What an API says in `WWW-Authenticate` (RFC 9110 section 11.6.1).
import type { StepUpChallenge } from '../errors.ts'
import { createRedactor } from './redaction.ts'

/** From the beginning of a word on: within a long one each letter would be tried anew. */
const PARAM = /\b([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi

/** The parameters of all challenges together: an API that offers several schemes says the same in each. */
export function challengeParams(header: string | null): Readonly<Record<string, string>> {
	const found = [...(header ?? '').matchAll(PARAM)].map(([, name = '', quoted, token]) => [
		name.toLowerCase(),
		quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1'),
	])
	return Object.fromEntries(found)
}

/**
 * What an API wants that a better or a more recent authentication would satisfy (RFC 9470 section 3), if it says that.
 * @param secrets what was sent: a value that repeats them goes neither to the application nor to the provider
 */
export function stepUpChallenge(header: string | null, secrets: readonly string[] = []): StepUpChallenge | undefined {
	const { error, acr_values: acrValues, max_age: maxAge } = challengeParams(header)
	if (error !== 'insufficient_user_authentication') return undefined
	const redacted = createRedactor(secrets)
	return {
		acrValues: acrValues?.match(/\S+/g)?.filter(value => redacted(value) === value),
		// Longer than that is older than any session.
		maxAge: maxAge && /^\d{1,9}$/.test(maxAge) ? Number(maxAge) * 1000 : undefined,
	}
}
