// What a row of the hostile list is, and the words that many of them share.
import type { Answer, WorldOptions } from '../../../src/testing/index.ts'
import type { Place } from '../place.ts'

export interface Row {
	readonly input: string
	/** The section of the standard that asks for the outcome. */
	readonly standard: string
	readonly outcome: string
	play(place: Place): Promise<string>
	readonly options: WorldOptions
}

export interface Part {
	readonly title: string
	readonly rows: readonly Row[]
}

export const row = (input: string, standard: string, outcome: string, play: Row['play'], options: WorldOptions = {}): Row => ({
	input,
	standard,
	outcome,
	play,
	options,
})

export const CORE = (section: string) => `OpenID Connect Core ${section}`
export const OAUTH = (section: string) => `RFC 6749 section ${section}`

export const INVALID = 'refused: id_token_invalid'
export const PROVIDER = 'refused: provider_error'

/** Errors of a client that is not set up for what it asks. */
const OF_CLIENT = new Set(
	'invalid_client unauthorized_client unsupported_grant_type unsupported_response_type invalid_scope request_not_supported'.split(' '),
)
/** What is shown where the provider refuses with this error code. */
export const refusedBy = (error: string) => (OF_CLIENT.has(error) ? 'client_refused' : 'provider_error')

export const MISMATCH = 'refused: state_mismatch'
export const ENDED = 'ended: invalid-tokens'
export const KEPT = 'kept, retrying; renewed when it is over'

export const HTML: Omit<Answer, 'status'> = { body: '<!doctype html><title>Later</title>', headers: { 'Content-Type': 'text/html' } }
