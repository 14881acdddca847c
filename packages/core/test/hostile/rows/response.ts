// Rows of responses at the redirect URI.
import { failed, injected, replayed, returns, withoutIss } from '../plays.ts'
import { CORE, MISMATCH, OAUTH, type Part, PROVIDER, refusedBy, row } from './row.ts'

/** Another state of the same client. */
const another = (url: URL) => url.searchParams.set('state', `stranger${/\.\d+$/.exec(url.searchParams.get('state') ?? '')}`)

const inFragment = (url: URL) => {
	url.hash = url.search.slice(1)
	url.search = ''
}

const at = (pathname: string) => (url: URL) => {
	url.pathname = pathname
}

const responses: readonly (readonly [input: string, section: string, outcome: string, change: (url: URL) => void])[] = [
	['a state that nobody sent', '10.12', MISMATCH, another],
	['a state of another application', '10.12', 'ended: no-session', url => url.searchParams.set('state', 'stranger')],
	['no state', '4.1.2', 'ended: no-session', url => url.searchParams.delete('state')],
	['an empty state', '4.1.2', 'ended: no-session', url => url.searchParams.set('state', '')],
	['neither code nor error', '4.1.2', 'ended: no-session', url => url.searchParams.delete('code')],
	['a code that the provider does not know', '4.1.2', PROVIDER, url => url.searchParams.set('code', 'stolen')],
	['in the fragment', '4.1.2', 'signed in', inFragment],
	['at a path with a slash more', '3.1.2', 'signed in', at('/signed-in/')],
	['at another path', '3.1.2', 'refused: redirect_uri_mismatch', at('/orders')],
	['an error beside the code', '4.1.2.1', 'refused: access_denied', url => url.searchParams.set('error', 'access_denied')],
]

const AUTHORIZATION_ERRORS = (
	'invalid_request unauthorized_client unsupported_response_type invalid_scope server_error temporarily_unavailable ' +
	'interaction_required login_required account_selection_required consent_required invalid_request_uri request_not_supported'
).split(' ')
export const response: Part = {
	title: 'Response at the redirect URI',
	rows: [
		...responses.map(([input, section, outcome, change]) => row(input, OAUTH(section), outcome, returns(change))),
		row(
			'of another provider: iss',
			'RFC 9207 section 2.4',
			MISMATCH,
			returns(url => url.searchParams.set('iss', 'https://evil.example')),
		),
		row('without the iss that the provider always sends', 'RFC 9207 section 2.4', MISMATCH, withoutIss),
		row('that was taken before', OAUTH('10.5'), 'signed in, one exchange', replayed),
		row('taken from another browser (login CSRF)', OAUTH('10.12'), MISMATCH, injected),
		...AUTHORIZATION_ERRORS.map(error =>
			row(
				`error ${error}`,
				error.endsWith('_required') ? CORE('3.1.2.6') : OAUTH('4.1.2.1'),
				`refused: ${refusedBy(error)}`,
				returns(url => failed(url, error)),
			),
		),
		row(
			'error access_denied',
			OAUTH('4.1.2.1'),
			'refused: access_denied',
			returns(url => failed(url, 'access_denied')),
		),
	],
}
