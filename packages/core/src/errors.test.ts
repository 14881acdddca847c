import { describe, expect, it } from 'vitest'
import { sentences } from './errors.sentences.ts'
import { SessionError, type SessionErrorCode } from './errors.ts'

const retryable: Record<SessionErrorCode, boolean> = {
	invalid_option: false,
	duplicate_manager: false,
	disposed: false,
	environment_unsupported: false,
	storage_unavailable: true,
	update_required: false,
	chunk_failed: true,
	discovery_failed: true,
	network_error: true,
	timeout: true,
	provider_error: true,
	client_refused: true,
	access_denied: true,
	state_mismatch: true,
	redirect_uri_mismatch: true,
	sign_in_interrupted: true,
	sign_in_loop: true,
	popup_blocked: true,
	popup_closed: true,
	id_token_invalid: true,
	step_up_required: false,
	not_authenticated: false,
	redirecting: false,
	user_changed: false,
	renewal_failed: true,
	sign_in_required: false,
	sign_out_incomplete: true,
}
const codes = Object.keys(retryable) as SessionErrorCode[]

describe.each(codes.map(code => ({ code })))('a SessionError $code', ({ code }) => {
	const error = new SessionError(code, { detail: 'which one' })

	it('is an Error with a name, its code and a page that explains it', () => {
		expect(error).toBeInstanceOf(Error)
		expect(error).toMatchObject({ name: 'SessionError', code, docs: `https://tabsession.dev/troubleshooting#${code}` })
	})

	it(`says that trying again ${retryable[code] ? 'can help' : 'cannot help'}`, () => {
		expect(error.retryable).toBe(retryable[code])
	})

	it('says what is wrong, where, what to do and where to read on', () => {
		const [sentence, hint] = sentences[code]
		expect(error.hint).toBe(hint)
		expect(error.message).toBe(`[${code}] which one: ${sentence}\n  hint: ${hint}\n  docs: ${error.docs}`)
	})
})

it('an error with nothing to add reads as a sentence all the same', () => {
	const { message } = new SessionError('disposed')
	expect(message.split('\n')[0]).toBe('[disposed] this session manager has been disposed.')
})

it('an error has no part that reads undefined or null', () => {
	const { message } = new SessionError('provider_error', { detail: undefined, cause: undefined, oauthError: undefined })
	expect(message).not.toMatch(/undefined|null/)
})

it('an error carries its cause and the OAuth code of the provider', () => {
	const cause = new Error('why')
	expect(new SessionError('provider_error', { cause, oauthError: 'invalid_client' })).toMatchObject({ cause, oauthError: 'invalid_client' })
})

it('an error says in its own words nothing of its cause, which may hold a token', () => {
	const error = new SessionError('provider_error', { cause: new Error('refresh token r3fr35h') })
	expect(error.message + JSON.stringify(error)).not.toContain('r3fr35h')
})
