// Rows of an API that wants its user to have authenticated better.
import { challenges, stepsUp, stepsUpAway } from '../calls.ts'
import { CORE, type Part, row } from './row.ts'

const RFC9470 = (section: string) => `RFC 9470 section ${section}`
const SAYS = 'Bearer error="insufficient_user_authentication"'
const MFA = `${SAYS}, acr_values="urn:mfa", max_age="60"`
const ASKED = 'asked for acr_values=urn:mfa max_age=60'
const NO_MORE = 'asked for no more than a sign-in; answered 200, 2 requests; signed in'

/** What a challenge says, and what the provider is asked for. */
const headers: readonly (readonly [input: string, header: string, outcome: string])[] = [
	['`max_age="soon"`', `${SAYS}, max_age="soon"`, NO_MORE],
	['`max_age="-1"`', `${SAYS}, max_age="-1"`, NO_MORE],
	['max_age of 400 digits', `${SAYS}, max_age="${'9'.repeat(400)}"`, NO_MORE],
	['max_age of 22 digits', `${SAYS}, max_age="${'9'.repeat(22)}"`, NO_MORE],
	['acr_values of spaces', `${SAYS}, acr_values="   "`, NO_MORE],
	['acr_values that are not closed', `${SAYS}, acr_values="urn:mfa`, NO_MORE],
	[
		'acr_values with spaces around',
		`${SAYS}, acr_values=" urn:mfa  urn:hw "`,
		'asked for acr_values=urn:mfa urn:hw; answered 200, 2 requests; signed in',
	],
	[
		'100,000 acr_values',
		`${SAYS}, acr_values="${'a '.repeat(100_000).trim()}"`,
		'asked for acr_values=100000 values; answered 200, 2 requests; signed in',
	],
	['several schemes', `Basic realm="a, b", DPoP algs="ES256", ${MFA}`, `${ASKED}; answered 200, 2 requests; signed in`],
	[
		'a challenge inside of another parameter',
		`Bearer realm="error=insufficient_user_authentication"`,
		'asked for nothing; answered 200, 2 requests; signed in',
	],
	[
		'an error that is not closed',
		'Bearer error="insufficient_user_authentication',
		'asked for nothing; answered 200, 2 requests; signed in',
	],
	['50,000 letters', 'a'.repeat(50_000), 'asked for nothing; answered 200, 2 requests; signed in'],
	['200,000 escapes that are not closed', `a="${'\\'.repeat(199_999)}`, 'asked for nothing; answered 200, 2 requests; signed in'],
]

const STRANGERS = ['https://elsewhere.example/api', 'https://app.example.evil.example/api', 'https://app.example/apis']

export const stepUp: Part = {
	title: 'Step-up',
	rows: [
		row('a challenge that a step-up satisfies', RFC9470('3'), `${ASKED}; answered 200, 2 requests; signed in`, stepsUp(MFA)),
		row(
			'a challenge that nothing satisfies',
			RFC9470('3'),
			`${ASKED}; answered 401, 2 requests; signed in`,
			stepsUp(MFA, ({ answer }) => answer(), true),
		),
		...headers.map(([input, header, outcome]) => row(input, 'RFC 9110 section 11.6.1', outcome, stepsUp(header))),
		row(
			'a challenge that nobody sees to',
			RFC9470('3'),
			'step_up_required, 1 token sent, told; signed in',
			challenges('https://app.example/api', MFA),
		),
		...STRANGERS.map(url =>
			row(
				`a challenge of \`${url}\`, which is none of \`apis\``,
				RFC9470('3'),
				'answered 401, no token sent, not told; signed in',
				challenges(url, MFA),
			),
		),
		row(
			'the user closes the popup',
			RFC9470('4'),
			`${ASKED}; step_up_required, 1 request; signed in`,
			stepsUp(MFA, ({ leave }) => leave()),
		),
		row(
			'another user comes back',
			RFC9470('4'),
			`${ASKED}; step_up_required, 1 request; user-changed`,
			stepsUp(MFA, ({ answer }) => answer({}, 'bob')),
		),
		row(
			'an authentication that is older than was asked',
			CORE('3.1.3.7, 13'),
			`${ASKED}; step_up_required, 1 request; signed in`,
			stepsUp(MFA, ({ place, answer }) => {
				place.says({ claims: { auth_time: 1000 } })
				answer()
			}),
		),
		...['unmet_authentication_requirements', 'access_denied', 'login_required'].map(error =>
			row(
				`error ${error} of the provider`,
				RFC9470('5'),
				`${ASKED}; step_up_required, 1 request; signed in`,
				stepsUp(MFA, ({ answer }) => answer({ code: '', error })),
			),
		),
		row(
			'error unmet_authentication_requirements of the provider, to which the page was left',
			RFC9470('5'),
			'signed in',
			stepsUpAway('unmet_authentication_requirements', { acrValues: ['urn:mfa'], maxAge: undefined }),
		),
	],
}
